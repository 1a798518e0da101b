#!/usr/bin/env python3
# How well `pose` finds people's joints: COCO's AP on labelled pictures, PCK and OKS beside a teacher on others.
# SPDX-License-Identifier: MIT
"""Whatever follows -- goes to `pose`: networks, sizes, --flip, --device ...

  eval_pose.py coco annotations/person_keypoints_val2017.json val2017 -- --detector yolov3-spp --pose fastpose
  eval_pose.py coco scenes/annotations.json scenes --true_boxes -- --pose pose-nano
  eval_pose.py teacher photos/*.jpg -- --pose pose-nano
  eval_pose.py table docs/quality.md

coco: AP of pycocotools; --true_boxes looks in the labelled boxes instead of a detector's.  teacher: how near the joints are to another net's, where that is
sure, in the same boxes and with the detectors named in lib/quality.py.  table: all of it for the nets of this project, written between the two marks in a
file."""

import argparse
import json
import pathlib
import sys

from lib import coco_ap, pose_program, quality, quality_table
from lib.problem import run


def coco(args):
    labels = coco_ap.Labels(args.annotations)
    values, people = quality.precision(pose_program.find_program("pose", args.program), labels, args.images, args.options, args.true_boxes)
    if args.json:
        print(json.dumps({**values, "people": people}))
        return
    print(f"{len(labels.files)} pictures, {len(labels.people)} people, {people} found")
    for name, value in values.items():
        print(f"{name:<5} {value:.3f}")


def teacher(args):
    program = pose_program.find_program("pose", args.program)
    wanted = quality.seen_by(program, args.pictures, ["--pose", args.teacher, "--flip"])
    rows = {"in the same boxes": quality.beside(program, wanted, args.options, True)}
    for name, options in quality.DETECTORS.items():
        rows[f"with {name}"] = quality.beside(program, wanted, [*options, *args.options], False)
    if args.json:
        print(json.dumps({name: {"pck": sums.pck(), "oks": sums.mean_oks(), "people": sums.people, "same": sums.same, "found": sums.found} for name, (sums, _) in rows.items()}))
        return
    for name, (sums, each) in rows.items():
        print(f"{name}: PCK@0.2 {sums.pck():.3f} of {sums.counted} joints, OKS {sums.mean_oks():.3f}, {sums.same} of the teacher's {sums.people} people, {sums.found} found")
        for picture, one in each.items():
            print(f"  {picture}: PCK@0.2 {one.pck():.3f} of {one.counted} joints, {one.same} of {one.people} people, {one.found} found")


def table(args):
    quality_table.write(args.file, pose_program.find_program("pose", args.program), args.nets)


def parse_args():
    words = sys.argv[1:]
    end = words.index("--") if "--" in words else len(words)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", help="pose (default: build/apps/pose)")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines to read")
    verbs = parser.add_subparsers(required=True, metavar="coco|teacher|table")
    one = verbs.add_parser("coco", help="AP on labelled pictures")
    one.add_argument("annotations")
    one.add_argument("images", type=pathlib.Path, help="folder that file_name of the labels starts from")
    one.add_argument("--true_boxes", action="store_true", help="look in the labelled boxes")
    one.set_defaults(verb=coco)
    one = verbs.add_parser("teacher", help="nearness to another net's joints")
    one.add_argument("pictures", nargs="+")
    one.add_argument("--teacher", default="simplepose")
    one.set_defaults(verb=teacher)
    one = verbs.add_parser("table", help="all measures of this project's nets")
    one.add_argument("file", type=pathlib.Path, nargs="?", default=pose_program.ROOT / "docs" / "quality.md")
    one.add_argument("--nets", nargs="+", default=["pose-nano"], help="to measure beside simplepose, names or paths (default: pose-nano)")
    one.set_defaults(verb=table)
    args = parser.parse_args(words[:end])
    args.options = words[end + 1 :]
    return args


def main():
    args = parse_args()
    args.verb(args)


if __name__ == "__main__":
    run(main)
