# People found in the frames of a clip, and their JSON Lines (docs/results.md).
# SPDX-License-Identifier: MIT

import dataclasses
import json
import pathlib

import numpy as np

from lib.problem import reading

NAMES = ("nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist",
         "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle")  # fmt: skip
SCHEMA = 1


@dataclasses.dataclass
class Found:
    """The people found in one frame.  boxes [n, 4]: x1, y1, x2, y2; box_scores [n]; keypoints [n, 17, 3]: x, y, score; ids [n]: 0 for a person
    without a track; smooth [n, 17, 2]: NaN where there is none"""

    boxes: np.ndarray
    box_scores: np.ndarray
    keypoints: np.ndarray
    ids: np.ndarray = None
    smooth: np.ndarray = None

    def __post_init__(self):
        count = len(self.boxes)
        self.ids = np.zeros(count, int) if self.ids is None else self.ids
        self.smooth = np.full((count, 17, 2), np.nan) if self.smooth is None else self.smooth

    def scores(self):
        """Returns the score of each person as `pose` computes it (docs/spec.md, section 9)."""
        each = self.keypoints[..., 2]
        return each.mean(1) + self.box_scores + 1.25 * each.max(1) if len(each) else np.zeros(0)


def rounded(values):
    return [round(float(value), 4) for value in values]


def line(clip, k, found):
    """Returns the JSON object of frame k."""
    people = []
    for box, box_score, points, score in zip(found.boxes, found.box_scores, found.keypoints, found.scores()):
        named = {name: rounded(point) for name, point in zip(NAMES, points)}
        (score, box_score), box = rounded((score, box_score)), rounded(box)
        people.append({"id": None, "score": score, "box": box, "box_score": box_score, "keypoints": named})
    head = {"schema": SCHEMA, "source": clip.name, "frame": k, "time": clip.times[k], "width": clip.width, "height": clip.height, "key": "0" * 16}
    return head | {"status": "ok", "detected": True, "people": people}


def write(path, clip, frames):
    lines = [json.dumps(line(clip, k, found)) + "\n" for k, found in enumerate(frames)]
    pathlib.Path(path).write_text("".join(lines), encoding="ascii")


def parse(people):
    if not people:
        return Found(np.zeros((0, 4)), np.zeros(0), np.zeros((0, 17, 3)))
    points = lambda p, key: np.array([p[key][name] for name in NAMES], float)
    smooth = [points(p, "smooth")[:, :2] if "smooth" in p else np.full((17, 2), np.nan) for p in people]
    boxes, scores = (np.array([p[key] for p in people], float) for key in ("box", "box_score"))
    return Found(boxes, scores, np.stack([points(p, "keypoints") for p in people]), np.array([p["id"] or 0 for p in people], int), np.stack(smooth))


def read(path, count):
    """Returns the people of the `count` frames of a clip; a frame without a line has none."""
    frames = [parse([]) for _ in range(count)]
    for number, text in enumerate(pathlib.Path(path).read_bytes().splitlines(), 1):
        with reading(f"{path}:{number}", f"a line of results of schema {SCHEMA}"):
            entry = json.loads(text)
            if entry["schema"] != SCHEMA:
                raise ValueError(f"schema {entry['schema']}")
            if entry["frame"] < 0:
                raise ValueError(f"frame {entry['frame']}")
            if entry["frame"] < count:
                frames[entry["frame"]] = parse(entry["people"])
    return frames
