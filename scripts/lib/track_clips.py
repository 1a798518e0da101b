# Clips whose people have exact ids: rendered ones (scripts/train/clips.py) and labeled ones in PoseTrack's format.
# SPDX-License-Identifier: MIT

import dataclasses
import json
import pathlib

import numpy as np

from lib.problem import reading

MOST_HIDDEN, SMALLEST = 0.7, 24  # a person counts if no larger share is hidden and the visible part is at least as high, in pixels
# PoseTrack's keypoints in COCO's order; it has no eyes, and labels no ears.
POSETRACK_TO_COCO = [0, None, None, 3, 4, *range(5, 17)]


@dataclasses.dataclass
class Truth:
    """The people of one frame.  ids [n]; boxes [n, 4]: x1, y1, x2, y2 of the visible part; keypoints [n, 17, 3]: x, y, v with v 2 for visible, 1 for
    hidden, 0 for outside; hidden [n]: share of the body; counted [n]: whether the person must be found.  Others may be found"""

    ids: np.ndarray
    boxes: np.ndarray
    keypoints: np.ndarray
    hidden: np.ndarray
    counted: np.ndarray


@dataclasses.dataclass
class Clip:
    """images: paths, one per frame; times: seconds"""

    name: str
    fps: float
    width: int
    height: int
    images: list
    times: list
    frames: list
    kind: str = ""


def truth_of(people):
    """people: entries of labels.json"""
    boxes = np.array([p["box"] for p in people], float).reshape(-1, 4)
    hidden = np.array([p["hidden"] for p in people], float)
    counted = (hidden <= MOST_HIDDEN) & (boxes[:, 3] - boxes[:, 1] >= SMALLEST)
    keypoints = np.array([p["keypoints"] for p in people], float).reshape(-1, 17, 3)
    return Truth(np.array([p["id"] for p in people], int), boxes, keypoints, hidden, counted)


def load(path, parse):
    with reading(path, "labels of a clip"):
        return parse(json.loads(path.read_text(encoding="utf-8")))


def read_rendered(folder):
    """Reads a folder of scripts/train/clips.py."""
    folder = pathlib.Path(folder)

    def parse(labels):
        frames = labels["frames"]
        return Clip(str(labels["seed"]), float(labels["fps"]), labels["width"], labels["height"], [folder / f["image"] for f in frames],
                    [f["time"] for f in frames], [truth_of(f["people"]) for f in frames], labels["kind"])  # fmt: skip

    return load(folder / "labels.json", parse)


def read_posetrack(path, images, fps=25.0):
    """Reads the labeled frames of a file in PoseTrack 2018's format whose images exist.  images: folder of their file names"""
    path = pathlib.Path(path)

    def parse(labels):
        frames, paths = [], []
        for image in labels["images"]:
            if not (pathlib.Path(images) / image["file_name"]).is_file():
                continue
            people = [a for a in labels["annotations"] if a["image_id"] == image["id"] and "bbox" in a]
            paths.append(pathlib.Path(images) / image["file_name"])
            ids, boxes = [a["track_id"] for a in people], np.array([corners(a["bbox"]) for a in people], float).reshape(-1, 4)
            keypoints = np.array([coco_keypoints(a["keypoints"]) for a in people]).reshape(-1, 17, 3)
            frames.append(Truth(np.array(ids, int), boxes, keypoints, np.zeros(len(people)), np.ones(len(people), bool)))
        size = labels["images"][0]
        return Clip(path.stem, fps, size["width"], size["height"], paths, [k / fps for k in range(len(paths))], frames, "PoseTrack")

    return load(path, parse)


def corners(box):
    x, y, w, h = box
    return [x, y, x + w, y + h]


def coco_keypoints(values):
    """Returns [17, 3] in COCO's order from PoseTrack's 51 numbers."""
    points = np.array(values, float).reshape(17, 3)
    out = np.array([np.zeros(3) if k is None else points[k] for k in POSETRACK_TO_COCO])
    out[:, 2] *= 2
    return out
