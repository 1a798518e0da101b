#!/usr/bin/env python3
# Judges tracks and smoothed keypoints on clips with exact ids, next to ByteTrack and OC-SORT in the same boxes.
# SPDX-License-Identifier: MIT
"""  eval_track.py setup                        installs the baselines into .venv-track
  eval_track.py judge                        our tracker and the baselines on the rendered test clips
  eval_track.py judge --set tune --clips     on those for tuning, clip by clip
  eval_track.py judge --detections pose -- --detector yolo-fastest-xl --pose pose-nano
  eval_track.py results out/track/2000 found.jsonl      a file of results of one clip
  eval_track.py smooth                       jitter and lag of smoothed keypoints
  eval_track.py fit                          the best thresholds of the baselines on eight clips for tuning
  eval_track.py table docs/quality.md        all of it, written between two marker lines of a file

Detections are simulated from the labels, or those of `pose` (options after --).  Clips are rendered
into out/track once, which takes a few minutes.  docs/quality.md explains the measures."""

import argparse
import json
import pathlib

from lib import output_file, pose_program, track_cases, track_judge, track_lines, track_run, track_table
from lib.problem import Problem, run


def values_text(values):
    return " ".join(f"{values[name]:6d}" if name in ("switches", "fragments") else f"{values[name]:6.3f}" for name in track_judge.NAMES)


def print_switches(clip, frames):
    for k, person, before, after in track_judge.switches(clip, frames):
        print(f"    {clip.name} {clip.kind} {clip.times[k]:.2f} s, frame {k}: person {person} had id {before}, has {after}")


def judge(args):
    case = track_cases.Case(args)
    results = {}
    print(f"{'':28} {' '.join(f'{name:>6.6}' for name in track_judge.NAMES)}")
    for name, frames in case.tracked():
        total, each = track_judge.judge(case.clips, frames)
        results[name] = {"all": total, "clips": each}
        print(f"{name:28} {values_text(total)}")
        for clip, found in zip(case.clips, frames):
            if args.clips:
                print(f"  {clip.name + ' ' + clip.kind:26} {values_text(each[clip.name])}")
            if args.switches:
                print_switches(clip, found)
    if args.json:
        with output_file.atomic_file(args.json) as file:
            file.write((json.dumps(results, indent=1) + "\n").encode("ascii"))


def results(args):
    clip = track_cases.read(args.clip)
    frames = track_lines.read(args.results, len(clip.frames))
    total, _ = track_judge.judge([clip], [frames])
    print(" ".join(f"{name:>6.6}" for name in track_judge.NAMES))
    print(values_text(total))
    print_switches(clip, frames)


def smooth(args):
    for row in track_table.smooth_rows(args):
        print("; ".join(f"{name} {value}" for name, value in zip(track_table.SMOOTH_HEAD, row)))


def fit(args):
    case = track_cases.Case(args)
    for name in track_run.BASELINES:
        for options, values in track_cases.fitted(name, case):
            print(f"{name} {options}: HOTA {values['HOTA']:.4f}, IDF1 {values['IDF1']:.4f}, {values['switches']} switches", flush=True)


def table(args):
    track_table.write(args)


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--build", type=pathlib.Path, default=pose_program.ROOT / "build", metavar="DIR", help="build folder of `pose` and `results` (default: build)")
    add("--folder", type=pathlib.Path, default=pose_program.ROOT / "out" / "track", metavar="DIR", help="where clips are rendered (default: out/track)")
    verbs = parser.add_subparsers(required=True, metavar="setup|judge|results|smooth|fit|table")
    verbs.add_parser("setup", help="install the baselines").set_defaults(verb=lambda args: track_run.setup())
    one = verbs.add_parser("judge", help="trackers on rendered clips")
    one.add_argument("--trackers", nargs="+", choices=track_cases.TRACKERS, default=track_cases.TRACKERS, metavar="NAME")
    one.add_argument("--clips", action="store_true", help="print the values of each clip, too")
    one.add_argument("--switches", action="store_true", help="print each switch of an id")
    one.add_argument("--json", type=pathlib.Path, metavar="FILE", help="file for all values")
    one.set_defaults(verb=judge)
    two = verbs.add_parser("results", help="a file of results of one clip")
    two.add_argument("clip", type=pathlib.Path, help="folder of the clip, or a label file of PoseTrack 2018")
    two.add_argument("results", type=pathlib.Path)
    two.set_defaults(verb=results)
    verbs.add_parser("smooth", help="jitter and lag").set_defaults(verb=smooth)
    three = verbs.add_parser("fit", help="thresholds of the baselines")
    three.set_defaults(verb=fit, seeds=range(1000, 1008))  # one of each kind
    for sub, sets in ((one, "test"), (three, "tune")):
        sub.add_argument("--set", choices=track_cases.SETS, default=sets, help=f"clips (default: {sets})")
        sub.add_argument("--seeds", type=int, nargs="+", metavar="SEED", default=sub.get_default("seeds"), help="some of the clips only")
        sub.add_argument("--detections", choices=("simulated", "pose"), default="simulated")
    four = verbs.add_parser("table", help="all figures, for docs/quality.md")
    four.add_argument("file", type=pathlib.Path, nargs="?", default=pose_program.ROOT / "docs" / "quality.md")
    four.set_defaults(verb=table)
    return pose_program.parse_args(parser)


def main():
    args = parse_args()
    args.verb(args)


if __name__ == "__main__":
    run(main)
