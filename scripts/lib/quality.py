# How good nets and whole pipelines are: beside a teacher on pictures without labels, and by AP where labels are exact.
# SPDX-License-Identifier: MIT

import dataclasses
import pathlib

import numpy as np

from lib import reference_stages as stages
from lib.keypoints import Agreement
from lib.pose_program import run_pose

SURE, ENOUGH = 0.3, 6  # a joint's score from which the teacher is believed, and how many such joints a person of the teacher's has
SAME_BOX = 0.55  # IoU above which two detectors' boxes are one person's
# AlphaPose's 608 for yolov3-tiny, as scripts/demo takes it; its cfg's side for the other.
DETECTORS = {"yolov3-tiny": ["--detector", "yolov3-tiny", "--inp_dim", 608, "--conf", 0.2],
             "yolo-fastest-xl": ["--detector", "yolo-fastest-xl", "--inp_dim", 320, "--conf", 0.2]}  # fmt: skip


@dataclasses.dataclass
class Wanted:
    """What the teacher sees in pictures.  people: file name -> (joints [n, 17, 2], counted [n, 17]); boxes: of all detectors, for those who shall look at
    the same places"""

    pictures: list
    people: dict
    boxes: list


def united(lists):
    """Boxes of several detectors without doubles."""
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
    """[n, 17, 3] -> (joints, counted) of those whom the teacher is sure of"""
    counted = people[..., 2] > SURE
    some = counted.sum(1) >= ENOUGH
    return people[some, :, :2], counted[some]


def seen_by(program, pictures, teacher):
    """teacher: options of `pose`"""
    boxes = united([run_pose(program, pictures, [*options, *teacher]).boxes for options in DETECTORS.values()])
    found = run_pose(program, pictures, teacher, boxes)
    return Wanted(pictures, {name: sure_people(people) for name, people in found.people.items()}, boxes)


def agreement(wanted, found):
    """Of all the teacher's people; picture by picture as well: (Agreement, name -> Agreement)"""
    each = {}
    for name in (pathlib.PurePath(picture).name for picture in wanted.pictures):
        joints, counted = wanted.people.get(name, (np.zeros((0, 17, 2)), np.zeros((0, 17), bool)))
        people = found.people.get(name, np.zeros((0, 17, 3)))[..., :2]
        each[name] = Agreement()
        each[name].add(people, joints, counted)
    return Agreement(*map(sum, zip(*map(dataclasses.astuple, each.values())))), each


def beside(program, wanted, options, same_boxes):
    found = run_pose(program, wanted.pictures, options, wanted.boxes if same_boxes else None)
    return agreement(wanted, found)


def precision(program, labels, images, options, true_boxes, names=None):
    """AP of `pose` on the pictures of a label file, or on those of these names -> (name -> value, people found)"""
    files = [f for f in labels.files if names is None or pathlib.PurePath(f).name in names]
    names = {pathlib.PurePath(f).name for f in files}
    found = run_pose(program, [pathlib.Path(images) / f for f in files], options, labels.boxes(names) if true_boxes else None)
    return labels.average_precision(found.results, names), len(found.results)
