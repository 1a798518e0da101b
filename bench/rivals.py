#!/usr/bin/env python3
# Compares our networks with ONNX Runtime, OpenVINO, ncnn, PyTorch and OpenCV: time, time to the first result, memory, and agreement of the outputs.
# SPDX-License-Identifier: MIT
"""Needs `ninja -C build`.  The baselines come from PyPI, in the versions of bench/rivals/requirements.txt, into `.venv-rivals`; --setup only installs
them.  Programs run in turn, one process each; a full run takes about an hour."""

import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(HERE)
sys.path[:0] = [HERE, os.path.join(PROJECT, "scripts")]

from rivals import venv

DOCUMENT = os.path.join(PROJECT, "docs", "performance.md")


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--setup", action="store_true", help="install the baselines and exit")
    add("--nets", nargs="+", metavar="NET", help="networks out of yolov3 yolov3-spp yolov3-tiny fastpose fastpose-b6 (default: all)")
    add("--threads", nargs="+", type=int, metavar="N", help="numbers of threads (default: 1 2)")
    add("--rounds", type=int, help="processes of each program for each network and number of threads (default: 7)")
    add("--target", choices=["avx2"], help="limit us and PyTorch, the only baseline that supports it, to this instruction set")
    add("--rivals", nargs="+", metavar="RIVAL", help="baselines out of onnxruntime openvino ncnn torch torch-nhwc opencv (default: all)")
    add("--quick", action="store_true", help="smoke test: two networks, one thread, two rounds")
    add("--json", metavar="FILE", help="file for all numbers")
    add("--write", action="store_true", help="write the tables to docs/performance.md")
    add("--build", default=os.path.join(PROJECT, "build"), metavar="DIR", help="build folder (default: build/ of the project)")
    args = parser.parse_args()
    args.nets = args.nets or (["yolov3-tiny", "fastpose"] if args.quick else None)
    args.threads = args.threads or ([1] if args.quick else [1, 2])
    args.rounds = args.rounds or (2 if args.quick else 7)
    return args, parser


def chosen(parser, option, words, known):
    for word in words or known:
        if word not in known:
            parser.error(f"{option} {word}: expected one of {' '.join(known)}")
    return list(words or known)


def main():
    args, parser = parse_args()
    if args.setup:
        venv.setup()
        return
    venv.enter()
    from lib.problem import Problem
    from rivals import cases, report, rounds, tables

    known = [name for name in rounds.ENGINES if args.target is None or name.startswith("torch")]
    rivals, nets = chosen(parser, "--rivals", args.rivals, known), chosen(parser, "--nets", args.nets, list(cases.CASES))
    program = os.path.join(args.build, "bench", "nets")
    if not os.path.exists(program):
        raise Problem(f"{program}: expected our program, found none; build it with ninja -C {args.build}")
    report.warn_if_busy()
    comparisons = []
    for name in nets:
        print(f"preparing {name}", file=sys.stderr)
        files = cases.prepare(program, cases.CASES[name], os.path.join(args.build, "rivals", name))
        comparisons += [rounds.Comparison(program, name, files, threads, [rounds.OURS, *rivals], args.target) for threads in args.threads]
    facts = {"machine": report.machine(), "date": report.today(), "command": command_of(args), "rounds": args.rounds}
    for number in range(args.rounds):
        print(f"round {number + 1} of {args.rounds}", file=sys.stderr)
        for comparison in comparisons:
            comparison.play(number)
        if args.json:  # after each round: a run takes long
            report.write_json(args.json, facts | {"rounds": number + 1, "series": tables.series(comparisons)})
    content = tables.markdown(comparisons, facts)
    if args.write:
        report.write_between(DOCUMENT, "rivals-" + args.target if args.target else "rivals", content)
    print(content)


def command_of(args):
    """Returns a command that reproduces these tables, without the paths of this run."""
    words = ["bench/rivals.py", *(f"--nets {' '.join(args.nets)}" for _ in [0] if args.nets), f"--threads {' '.join(map(str, args.threads))}"]
    words += [f"--rounds {args.rounds}"] + ([f"--target {args.target}"] if args.target else [])
    return " ".join(words + ([f"--rivals {' '.join(args.rivals)}"] if args.rivals else []))


if __name__ == "__main__":
    from lib.problem import run

    run(main)
