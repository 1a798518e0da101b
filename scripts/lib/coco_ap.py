# Average precision of keypoints by COCO's rules, computed by pycocotools, and with weights of people.
# SPDX-License-Identifier: MIT

import contextlib
import io
import pathlib

import numpy as np

from lib.problem import Problem, reading

NAMES = ("AP", "AP50", "AP75", "APM", "APL", "AR", "AR50", "AR75", "ARM", "ARL")  # in the order of COCOeval.stats


class Labels:
    """A file of people in COCO's keypoint format."""

    def __init__(self, path):
        try:
            from pycocotools.coco import COCO
        except ImportError as error:
            raise Problem(f"expected the Python package pycocotools (scripts/setup), found: {error}") from None
        with reading(path, "people in COCO's keypoint format"):
            with contextlib.redirect_stdout(io.StringIO()):
                self.coco = COCO(str(path))
            self.ids = {pathlib.PurePath(image["file_name"]).name: image["id"] for image in self.coco.dataset["images"]}
            self.files = [image["file_name"] for image in self.coco.dataset["images"]]
            people = [a for a in self.coco.dataset["annotations"] if a["category_id"] == 1]
            self.people = [a for a in people if not a.get("iscrowd") and a["num_keypoints"] > 0 and len(a["keypoints"]) == 51 and len(a["bbox"]) == 4]
        if len(self.ids) != len(self.files):
            raise Problem(f"{path}: expected distinct file names, found {len(self.files)} images with {len(self.ids)} names")

    def boxes(self, names):
        """Returns the boxes of the labeled people in the images of these names, in the format of `pose --boxes`."""
        by_id = {image: name for name, image in self.ids.items() if name in names}
        boxes = [(by_id[a["image_id"]], a["bbox"]) for a in self.people if a["image_id"] in by_id]
        return [{"image_id": name, "category_id": 1, "bbox": box, "score": 1.0} for name, box in boxes if box[2] > 0 and box[3] > 0]

    def judge(self, results, names):
        """results: as `pose` writes them, for the images of these names -> pycocotools' COCOeval, after accumulate; None where nothing was found"""
        from pycocotools.cocoeval import COCOeval

        found = [{**entry, "image_id": self.ids[entry["image_id"]]} for entry in results if entry["image_id"] in self.ids]
        if not found:
            return None
        with contextlib.redirect_stdout(io.StringIO()):
            judge = COCOeval(self.coco, self.coco.loadRes(found), "keypoints")
            judge.params.imgIds = sorted(self.ids[name] for name in names)
            judge.params.catIds = [1]
            judge.evaluate()
            judge.accumulate()
        return judge

    def average_precision(self, results, names):
        """Returns {"AP": ...}; as in pycocotools, -1 if no person of that size is labeled"""
        judge = self.judge(results, names)
        if judge is None:
            return dict.fromkeys(NAMES, 0.0)
        with contextlib.redirect_stdout(io.StringIO()):
            judge.summarize()
        return dict(zip(NAMES, map(float, np.asarray(judge.stats))))


class Curve:
    """Precision and recall where people have weights, from what a COCOeval matched at all sizes.  A found person has the weight of the person it was matched
    with, at the lowest threshold at which it was; 1 where with none."""

    def __init__(self, judge, ids):
        """ids: of the people that weights are given for, in this order"""
        index = {one: i for i, one in enumerate(ids)}
        params = judge.params
        images = [one for one in judge.evalImgs[: len(params.imgIds)] if one is not None]  # the first size is "all"
        self.recalls = params.recThrs
        order = np.argsort(-np.concatenate([one["dtScores"] for one in images]), kind="mergesort")
        matched = np.concatenate([one["dtMatches"] for one in images], 1)[:, order]
        self.ignored = np.concatenate([one["dtIgnore"] for one in images], 1).astype(bool)[:, order]
        self.matched = np.array([[index.get(int(one), -1) for one in row] for row in matched], int).reshape(matched.shape)
        self.counted = [index[int(one)] for image in images for one, ignored in zip(image["gtIds"], image["gtIgnore"]) if not ignored]
        self.owner = np.full(self.matched.shape[1], -1)
        for row in self.matched:
            self.owner = np.where(self.owner < 0, row, self.owner)

    def at(self, weights):
        """Returns (AP, AR); with weights of 1, COCO's."""
        weights = np.append(weights, 1.0).astype(float)  # the last is that of no person
        total = weights[self.counted].sum()
        if total <= 0 or self.matched.shape[1] == 0:
            return (float("nan"),) * 2 if total <= 0 else (0.0, 0.0)
        good = np.cumsum(np.where((self.matched >= 0) & ~self.ignored, weights[self.matched], 0), 1)
        bad = np.cumsum(np.where((self.matched < 0) & ~self.ignored, weights[self.owner], 0), 1)
        precision = np.maximum.accumulate((good / (good + bad + np.spacing(1)))[:, ::-1], 1)[:, ::-1]
        precision = np.append(precision, np.zeros((len(precision), 1)), 1)  # of recalls that are not reached
        at = [row[np.searchsorted(recall, self.recalls, side="left")].mean() for row, recall in zip(precision, good / total)]
        return float(np.mean(at)), float((good[:, -1] / total).mean())
