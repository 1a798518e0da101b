#!/usr/bin/env python3
# Measures the keypoints of `pose`: COCO's AP on labeled images, PCK and OKS against a teacher on others.
# SPDX-License-Identifier: MIT
"""Options after -- go to `pose`: networks, sizes, --flip, --device ...

  eval_pose.py coco annotations/person_keypoints_val2017.json val2017 -- --detector yolov3-spp --pose fastpose
  eval_pose.py coco scenes/annotations.json scenes --true_boxes -- --pose pose-nano
  eval_pose.py teacher photos/*.jpg -- --pose pose-nano
  eval_pose.py labelled ../shared/labelled --nets simplepose pose-nano 'pose-nano --flip'
  eval_pose.py labelled annotations/person_keypoints_val2017.json --images val2017 -- --detector yolov3-spp
  eval_pose.py table docs/quality.md

coco: AP of pycocotools; --true_boxes uses the labeled boxes in place of a detector.
teacher: agreement with another network's confident keypoints, in the same boxes and with the
detectors of lib/quality.py.
`labelled`: OKS, PCK, AP and AR by people's labels in COCO's, CrowdPose's or PoseTrack's format, in all and for each
keypoint, with 95 % intervals by bootstrap over people.  In the labeled boxes, or with a --detector.
table: all measures for the networks of this project, written between two marker lines of a file."""

import argparse
import json
import pathlib

from lib import coco_ap, marked_text, people_judge, people_labels, pose_program, quality, quality_table
from lib.problem import run


def coco(args):
    labels = coco_ap.Labels(args.annotations)
    values, people = quality.precision(pose_program.find_program("pose", args.program), labels, args.images, args.options, args.true_boxes)
    if args.json:
        print(json.dumps({**values, "people": people}))
        return
    print(f"{len(labels.files)} images, {len(labels.people)} people, {people} found")
    for name, value in values.items():
        print(f"{name:<5} {value:.3f}")


def teacher(args):
    program = pose_program.find_program("pose", args.program)
    expected = quality.expected_from(program, args.images, ["--pose", args.teacher, "--flip"])
    rows = {"in the same boxes": quality.compare(program, expected, args.options, True)}
    for name, options in quality.DETECTORS.items():
        rows[f"with {name}"] = quality.compare(program, expected, [*options, *args.options], False)
    if args.json:
        print(json.dumps({name: {"pck": sums.pck(), "oks": sums.mean_oks(), "people": sums.people, "same": sums.same, "found": sums.found} for name, (sums, _) in rows.items()}))
        return
    for name, (sums, each) in rows.items():
        print(f"{name}: PCK@0.2 {sums.pck():.3f} of {sums.counted} keypoints, OKS {sums.mean_oks():.3f}, {sums.same} of the teacher's {sums.people} people matched, {sums.found} found")
        for image, one in each.items():
            print(f"  {image}: PCK@0.2 {one.pck():.3f} of {one.counted} keypoints, {one.same} of {one.people} people matched, {one.found} found")


def labelled(args):
    sets = people_labels.read_all(args.labels, args.images)
    measured = people_judge.measure(pose_program.find_program("pose", args.program), sets, args.nets, args.options)
    text = people_judge.tables(measured, {name: len(photos) for name, photos in sets.items()})
    print(json.dumps(measured) if args.json else text)
    if args.table:
        marked_text.replace(args.table, people_judge.COMMAND, lambda: text)


def table(args):
    quality_table.write(args.file, pose_program.find_program("pose", args.program), args.nets)


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", help="path of pose (default: build/apps/pose)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    verbs = parser.add_subparsers(required=True, metavar="coco|teacher|labelled|table")
    one = verbs.add_parser("coco", help="AP on labeled images")
    one.add_argument("annotations")
    one.add_argument("images", type=pathlib.Path, help="folder that file_name of the labels is relative to")
    one.add_argument("--true_boxes", action="store_true", help="use the labeled boxes in place of a detector")
    one.set_defaults(verb=coco)
    one = verbs.add_parser("teacher", help="agreement with another network's keypoints")
    one.add_argument("images", nargs="+", metavar="IMAGE")
    one.add_argument("--teacher", default="simplepose")
    one.set_defaults(verb=teacher)
    one = verbs.add_parser("labelled", help="OKS, PCK, AP and AR by people's labels")
    one.add_argument("labels", type=pathlib.Path, metavar="FILE|FOLDER", help="labels in COCO's format or in one like it; of a folder, all of them")
    one.add_argument("--images", type=pathlib.Path, help="folder that file_name of the labels is relative to (default: that of the file, or one around it)")
    one.add_argument("--nets", nargs="+", metavar="NET", default=["simplepose", "pose-nano"], help="networks, each with its options of pose, like 'pose-nano --flip'")
    one.add_argument("--table", type=pathlib.Path, metavar="FILE", help="also write the tables between the marker lines of this file")
    one.set_defaults(verb=labelled)
    one = verbs.add_parser("table", help="all measures of this project's networks")
    one.add_argument("file", type=pathlib.Path, nargs="?", default=pose_program.ROOT / "docs" / "quality.md")
    one.add_argument("--nets", nargs="+", default=["pose-nano"], help="networks to compare with simplepose, names or paths (default: pose-nano)")
    one.set_defaults(verb=table)
    return pose_program.parse_args(parser)


def main():
    args = parse_args()
    args.verb(args)


if __name__ == "__main__":
    run(main)
