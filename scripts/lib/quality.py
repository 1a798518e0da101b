# Measures networks and complete pipelines: against a teacher on unlabeled images, by AP on exact labels.
# SPDX-License-Identifier: MIT

import dataclasses
import pathlib

import numpy as np

from lib import reference_stages as stages
from lib.keypoints import Agreement
from lib.pose_program import run_pose

SURE, ENOUGH = 0.3, 6  # least score of a teacher's keypoint that counts; least number of these for a person
SAME_BOX = 0.55  # IoU above which boxes of two detectors are the same person
# yolov3-tiny runs at AlphaPose's 608, yolo-fastest-xl at the size of its cfg.
DETECTORS = {"yolov3-tiny": ["--detector", "yolov3-tiny", "--inp_dim", 608, "--conf", 0.2],
             "yolo-fastest-xl": ["--detector", "yolo-fastest-xl", "--inp_dim", 320, "--conf", 0.2]}  # fmt: skip


@dataclasses.dataclass
class Expected:
    """Expected keypoints, from the teacher.  people: file name -> (keypoints [n, 17, 2], counted [n, 17]);
    boxes: the boxes of all detectors, for runs in the same boxes"""

    images: list
    people: dict
    boxes: list


def united(lists):
    """Merges the boxes of several detectors, without duplicates."""
    by_name = {}
    for entry in (e for some in lists for e in some):
        by_name.setdefault(entry["image_id"], []).append(entry)
    out = []
    for entries in by_name.values():
        entries.sort(key=lambda e: -e["score"])
        corners = np.array([e["corners"] for e in entries], np.float32)
        out += [entries[i] for i in stages.suppress(corners, SAME_BOX)]
    return out


def sure_people(people):
    """Selects the confident people of the teacher: [n, 17, 3] -> (keypoints, counted)"""
    counted = people[..., 2] > SURE
    some = counted.sum(1) >= ENOUGH
    return people[some, :, :2], counted[some]


def expected_from(program, images, teacher):
    """Runs the teacher.  teacher: options of `pose`"""
    boxes = united([run_pose(program, images, [*options, *teacher]).boxes for options in DETECTORS.values()])
    found = run_pose(program, images, teacher, boxes)
    return Expected(images, {name: sure_people(people) for name, people in found.people.items()}, boxes)


def agreement(expected, found):
    """Compares with the expected people, in all and per image: (Agreement, name -> Agreement)"""
    each = {}
    for name in (pathlib.PurePath(image).name for image in expected.images):
        keypoints, counted = expected.people.get(name, (np.zeros((0, 17, 2)), np.zeros((0, 17), bool)))
        people = found.people.get(name, np.zeros((0, 17, 3)))[..., :2]
        each[name] = Agreement()
        each[name].add(people, keypoints, counted)
    return Agreement(*map(sum, zip(*map(dataclasses.astuple, each.values())))), each


def compare(program, expected, options, same_boxes):
    """Runs `pose` with these options and compares it with the expected keypoints."""
    found = run_pose(program, expected.images, options, expected.boxes if same_boxes else None)
    return agreement(expected, found)


def precision(program, labels, images, options, true_boxes, names=None):
    """Computes the AP of `pose` on the images of a label file, or on those of these names -> (name -> value, people found)"""
    files = [f for f in labels.files if names is None or pathlib.PurePath(f).name in names]
    names = {pathlib.PurePath(f).name for f in files}
    found = run_pose(program, [pathlib.Path(images) / f for f in files], options, labels.boxes(names) if true_boxes else None)
    return labels.average_precision(found.results, names), len(found.results)
