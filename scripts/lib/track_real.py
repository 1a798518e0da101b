# People that `pose` finds in the frames of a clip, with the boxes of its detector.
# SPDX-License-Identifier: MIT

import numpy as np

from lib.pose_program import run_pose
from lib.track_lines import Found


def box_of(points, score, boxes, scores):
    """Returns the index of the detector's box that a person came from.  The score of a person is that of its keypoints plus that of its box
    (docs/spec.md, section 9); of several boxes with this score, it is the one with most of the keypoints."""
    wanted = score - points[:, 2].mean() - 1.25 * points[:, 2].max()
    inside = ((points[None, :, :2] >= boxes[:, None, :2]) & (points[None, :, :2] <= boxes[:, None, 2:])).all(2).mean(1)
    return int(np.argmax(inside - 20 * np.maximum(np.abs(scores - wanted) - 2e-3, 0)))


def find(program, clip, options):
    """Runs `pose` on the frames of a clip.  Returns track_lines.Found of each."""
    found = run_pose(program, clip.images, options)
    boxes, people = {}, {}
    for entry in found.boxes:
        boxes.setdefault(entry["image_id"], []).append((*entry["corners"], entry["score"]))
    for entry in found.results:
        people.setdefault(entry["image_id"], []).append((np.array(entry["keypoints"], float).reshape(17, 3), entry["score"]))
    frames = []
    for image in clip.images:
        some, rows = people.get(image.name, []), np.array(boxes.get(image.name, []), float).reshape(-1, 5)
        used = [box_of(points, score, rows[:, :4], rows[:, 4]) for points, score in some]
        frames.append(Found(rows[used, :4], rows[used, 4], np.array([points for points, _ in some]).reshape(-1, 17, 3)))
    return frames
