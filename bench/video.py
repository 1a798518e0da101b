#!/usr/bin/env python3
# Measures `pose` on a clip: frames/s with and without --detect_every, the cost compared with the networks, memory, and rtmlib's PoseTracker.
# SPDX-License-Identifier: MIT
"""Needs `ninja -C build` and `scripts/fetch_models yolo-fastest-xl yolov3-tiny`.  rtmlib and ONNX Runtime come from PyPI into `.venv-rivals`.  Our time is
that of the whole program; rtmlib's excludes imports and loading."""

import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(HERE)
sys.path[:0] = [HERE, os.path.join(PROJECT, "scripts"), os.path.join(PROJECT, "tests", "apps")]

from lib.problem import Problem, run
from rivals import venv

DOCUMENT = os.path.join(PROJECT, "docs", "performance.md")


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("clip", metavar="CLIP", help="clip of people, such as vtest.avi of Debian's package opencv-doc")
    add("--pairs", nargs="+", choices=["small", "tiny"], default=["small", "tiny"], help="yolo-fastest-xl or yolov3-tiny, with pose-nano (default: both)")
    add("--end", type=float, default=1e6, metavar="SECONDS", help="use the first seconds of the clip only")
    add("--threads", type=int, default=2, metavar="N", help="threads of the networks (default: 2)")
    add("--rounds", type=int, default=3, help="number of interleaved rounds (default: 3)")
    add("--frames", type=int, default=100000, help="frames of the run whose memory is measured (default: 100000)")
    add("--json", metavar="FILE", help="file for all numbers")
    add("--write", action="store_true", help="write the tables to docs/performance.md")
    add("--build", default=os.path.join(PROJECT, "build"), metavar="DIR", help="build folder (default: build/ of the project)")
    return parser.parse_args()


def measure_memory(args, folder):
    """Runs tiny networks, so that the frames are many."""
    import pathlib

    import tiny_models
    from rivals import video_runs

    models = pathlib.Path(folder, "models")
    models.mkdir(parents=True, exist_ok=True)
    tiny_models.write_detector(models)
    tiny_models.write_pose(models)
    options = ["--models", models, "--detector", models / "tiny.cfg", "--pose", models / "tinypose.safetensors", "--inp_dim", "64"]
    options += ["--outdir", os.path.join(folder, "memory"), "--track", "--smooth", "--threads", args.threads]
    return video_runs.memory(os.path.join(args.build, "apps", "pose"), list(map(str, options)), args.frames)


def main():
    args = parse_args()
    venv.enter()
    from rivals import report, video_runs, video_tables

    if not os.path.exists(args.clip):
        raise Problem(f"{args.clip}: expected a clip, found none")
    report.warn_if_busy()
    load = os.getloadavg()[0]
    folder = os.path.join(args.build, "video")
    pairs = [(video_runs.PAIRS[name], os.path.join(folder, name)) for name in args.pairs]
    comparisons = [video_runs.Comparison(pair, args.build, place, args.clip, args.end, args.threads) for pair, place in pairs]
    for number in range(args.rounds):
        print(f"round {number + 1} of {args.rounds}", file=sys.stderr)
        for comparison in comparisons:
            comparison.play(number)
    memory = measure_memory(args, folder)
    facts = {"machine": report.machine(), "date": report.today(), "command": command_of(args), "rounds": args.rounds, "load": load}
    content = video_tables.markdown(comparisons, memory, facts)
    if args.json:
        report.write_json(args.json, facts | {"comparisons": [comparison.to_json() for comparison in comparisons], "memory": memory})
    if args.write:
        report.write_between(DOCUMENT, "video", content)
    print(content)


def command_of(args):
    """Returns a command that reproduces these tables, without the paths of this run."""
    words = ["bench/video.py", os.path.basename(args.clip), "--pairs", *args.pairs, "--threads", args.threads, "--rounds", args.rounds]
    words += ["--frames", args.frames] + (["--end", f"{args.end:g}"] if args.end < 1e6 else [])
    return " ".join(map(str, words))


if __name__ == "__main__":
    run(main)
