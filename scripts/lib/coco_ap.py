# Average precision of keypoints by COCO's rules, computed by pycocotools.
# SPDX-License-Identifier: MIT

import contextlib
import io
import pathlib

import numpy as np

from lib.problem import Problem, reason

NAMES = ("AP", "AP50", "AP75", "APM", "APL", "AR", "AR50", "AR75", "ARM", "ARL")  # in the order of COCOeval.stats


class Labels:
    """A file of people in COCO's keypoint format."""

    def __init__(self, path):
        try:
            from pycocotools.coco import COCO
        except ImportError as error:
            raise Problem(f"expected the Python package pycocotools (scripts/setup), found: {error}") from None
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                self.coco = COCO(str(path))
            self.ids = {pathlib.PurePath(image["file_name"]).name: image["id"] for image in self.coco.dataset["images"]}
            self.files = [image["file_name"] for image in self.coco.dataset["images"]]
            people = [a for a in self.coco.dataset["annotations"] if a["category_id"] == 1]
            self.people = [a for a in people if not a.get("iscrowd") and a["num_keypoints"] > 0 and len(a["keypoints"]) == 51 and len(a["bbox"]) == 4]
        except (ValueError, KeyError, TypeError, AttributeError, AssertionError) as error:
            raise Problem(f"{path}: expected people in COCO's keypoint format, found: {reason(error)}") from None
        if len(self.ids) != len(self.files):
            raise Problem(f"{path}: expected distinct file names, found {len(self.files)} images with {len(self.ids)} names")

    def boxes(self, names):
        """Returns the boxes of the labeled people in the images of these names, in the format of `pose --boxes`."""
        by_id = {image: name for name, image in self.ids.items() if name in names}
        boxes = [(by_id[a["image_id"]], a["bbox"]) for a in self.people if a["image_id"] in by_id]
        return [{"image_id": name, "category_id": 1, "bbox": box, "score": 1.0} for name, box in boxes if box[2] > 0 and box[3] > 0]

    def average_precision(self, results, names):
        """results: as `pose` writes them, for the images of these names.  Returns {"AP": ...}; as in pycocotools, -1 if no person of that size is labeled"""
        from pycocotools.cocoeval import COCOeval

        found = [{**entry, "image_id": self.ids[entry["image_id"]]} for entry in results if entry["image_id"] in self.ids]
        if not found:
            return dict.fromkeys(NAMES, 0.0)
        with contextlib.redirect_stdout(io.StringIO()):
            judge = COCOeval(self.coco, self.coco.loadRes(found), "keypoints")
            judge.params.imgIds = sorted(self.ids[name] for name in names)
            judge.params.catIds = [1]
            judge.evaluate()
            judge.accumulate()
            judge.summarize()
        return dict(zip(NAMES, map(float, np.asarray(judge.stats))))
