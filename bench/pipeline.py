#!/usr/bin/env python3
# Compares the program `pose` with the original's stages in Python (scripts/reference_pipeline.py): images/s, people, keypoints.
# SPDX-License-Identifier: MIT
"""Needs `ninja -C build` and, for the real networks, `scripts/fetch_models yolov3-tiny simplepose`.  PyTorch and OpenCV come from PyPI into
`.venv-rivals`.  The time of `pose` is its whole run, from the start of the process to its end; the reference's time is that of the images only, without
imports and loading."""

import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(HERE)
sys.path[:0] = [HERE, os.path.join(PROJECT, "scripts")]

from lib.problem import Problem, run
from rivals import venv

DOCUMENT = os.path.join(PROJECT, "docs", "performance.md")
PHOTOS = (os.path.join(PROJECT, "..", "shared", "photos"), os.path.join(PROJECT, "models", "photos"))
PAIRS = ["real", "synthetic"]


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--pairs", nargs="+", choices=PAIRS, default=PAIRS, help="real: yolov3-tiny, simplepose; synthetic: yolov3-spp, fastpose (default: both)")
    add("--photos", metavar="DIR", help="folder of images of people, searched recursively (default: ../shared/photos or models/photos)")
    add("--pictures", type=int, help="number of images (default: 20; synthetic: 2, with dozens of people each); too few photos are repeated under other names")
    add("--threads", nargs="+", type=int, default=[1, 2], metavar="N", help="numbers of threads (default: 1 2)")
    add("--rounds", type=int, default=5, help="number of rounds (default: 5)")
    add("--json", metavar="FILE", help="file for all numbers")
    add("--write", action="store_true", help="write the table to docs/performance.md")
    add("--build", default=os.path.join(PROJECT, "build"), metavar="DIR", help="build folder (default: build/ of the project)")
    return parser.parse_args()


def main():
    args = parse_args()
    venv.enter()
    from rivals import pipelines, report

    photos = pipelines.photos_in(args.photos or next((folder for folder in PHOTOS if os.path.isdir(folder)), PHOTOS[-1]))
    if not photos:
        raise Problem(f"{args.photos or PHOTOS[-1]}: expected images, found none (scripts/fetch_models photos)")
    report.warn_if_busy()
    comparisons, counts = [], {}
    for name in args.pairs:
        pair = pipelines.PAIRS[name]
        folder, counts[pair] = os.path.join(args.build, "pipeline", name), args.pictures or pair.pictures
        pipelines.prepare(pair, args.build, folder, photos, counts[pair])
        comparisons += [pipelines.Comparison(pair, threads, args.build, folder) for threads in args.threads]
    for number in range(args.rounds):
        print(f"round {number + 1} of {args.rounds}", file=sys.stderr)
        for comparison in comparisons:
            comparison.play(number)
    words = ["bench/pipeline.py", "--pairs", *args.pairs, "--threads", *map(str, args.threads), "--rounds", str(args.rounds)]
    words += ["--pictures", str(args.pictures)] if args.pictures else []
    facts = {"machine": report.machine(), "date": report.today(), "command": " ".join(words), "rounds": args.rounds}
    content = pipelines.markdown(comparisons, counts, facts)
    if args.json:
        report.write_json(args.json, facts | {"comparisons": [comparison.to_json() for comparison in comparisons]})
    if args.write:
        report.write_between(DOCUMENT, "pipeline", content)
    print(content)


if __name__ == "__main__":
    run(main)
