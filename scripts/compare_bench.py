#!/usr/bin/python3
# Compares two sets of benchmark times: faster, slower, the same or undecided, for each benchmark, with the confidence.
# SPDX-License-Identifier: MIT
"""scripts/compare_bench.py A.json B.json            two results of Google Benchmark, with --benchmark_repetitions
scripts/compare_bench.py --build DIR_A --build DIR_B [-- ARGUMENTS OF bench/ops]

With --build the programs of both builds run in turn (A B B A ...), one process each; a process gives one value per benchmark.  Prefer this to two files:
a machine that is busy for a minute slows both builds.  The verdict is explained in scripts/lib/two_samples.py."""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile

PROJECT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(PROJECT, "scripts"), os.path.join(PROJECT, "bench")]

from lib import two_samples
from lib.problem import Problem, reading, run
from rivals import report

UNITS = {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "s": 1e3}
FAILED = "failed"


def parse_args():
    words, rest = sys.argv[1:], []
    if "--" in words:
        words, rest = words[: words.index("--")], words[words.index("--") + 1 :]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("files", nargs="*", metavar="FILE", help="two results; B is compared with A")
    add("--build", action="append", default=[], metavar="DIR", help="build folder whose program runs; give it twice")
    add("--program", default="bench/ops", help="program in the build folder (default: bench/ops)")
    add("--rounds", type=int, help="processes of each build (default: 10, or as many as their number of benchmarks needs)")
    add("--delta", type=float, default=0.02, help="least difference of interest (default: 0.02)")
    add("--alpha", type=float, default=0.05, help="probability of at least one wrong verdict in the list (default: 0.05)")
    add("--time", choices=["auto", "cpu", "real"], default="auto", help="auto: the clock of the benchmark")
    add("--json", metavar="FILE", help="file for all verdicts")
    add("--fail-if-slower", action="store_true", help="exit with code 1 if a benchmark is slower")
    args = parser.parse_args(words)
    if (len(args.files), len(args.build)) not in ((2, 0), (0, 2)):
        parser.error("expected two files, or --build twice")
    if rest and not args.build:
        parser.error("arguments after -- are for the programs of --build")
    if not 0 < args.delta < 1 or not 0 < args.alpha < 1:
        parser.error("--delta and --alpha: expected numbers between 0 and 1")
    if args.rounds is not None and args.rounds < 1:
        parser.error("--rounds: expected 1 or more")
    return args, rest


def milliseconds(entry, time, path):
    """Returns the time of one run in ms."""
    name = entry["run_name"]
    by = time if time != "auto" else "real" if name.endswith(("/real_time", "/manual_time")) else "cpu"
    value = entry.get(f"{by}_time")
    if not isinstance(value, (int, float)) or not (math.isfinite(value) and value > 0) or entry.get("time_unit") not in UNITS:
        raise Problem(f"{path}: {name}: expected a {by}_time above 0 and its time_unit, found {value!r} and {entry.get('time_unit')!r}")
    return value * UNITS[entry["time_unit"]]


def read(path, time):
    """Returns name -> times in ms, one per repetition; None for a benchmark that reported an error."""
    with open(path, encoding="utf-8") as file, reading(path, "Google Benchmark's JSON"):
        entries = json.load(file)["benchmarks"]
        runs = [e for e in entries if e.get("run_type", "iteration") == "iteration"]
        names = [e.setdefault("run_name", e["name"]) for e in runs]
    if not runs:
        raise Problem(f"{path}: expected the times of single repetitions, found {'aggregates only' if entries else 'no benchmark'}")
    times = {name: [] for name in names}
    for entry in runs:
        if entry.get("error_occurred") or entry.get("skipped"):
            times[entry["run_name"]] = None
        elif times[entry["run_name"]] is not None:
            times[entry["run_name"]].append(milliseconds(entry, time, path))
    return times


def measure(program, rest, time):
    """Returns name -> one time: the median of the process's repetitions."""
    with tempfile.TemporaryDirectory(prefix="compare-bench-") as folder:
        path = os.path.join(folder, "out.json")
        command = [program, *rest, f"--benchmark_out={path}", "--benchmark_out_format=json"]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode not in (0, 1) or not os.path.exists(path):  # 1: some results were wrong; the file has the details
            said = done.stderr.strip().splitlines()
            raise Problem(f"{program}: {said[-1] if said else f'exit code {done.returncode}'}")
        return {name: None if times is None else [statistics.median(times)] for name, times in read(path, time).items()}


def merge(into, times):
    for name, values in times.items():
        into[name] = None if values is None or into.get(name, []) is None else into.get(name, []) + values


def play(args, rest):
    """Runs both builds in turn and reverses the order in every round."""
    programs = [os.path.join(folder, args.program) for folder in args.build]
    for program in programs:
        if not os.path.exists(program):
            raise Problem(f"{program}: expected a program, found none; build it first")
    report.warn_if_busy()
    samples, number, rounds = ({}, {}), 0, args.rounds or 1
    while number < rounds:
        for side in (0, 1) if number % 2 == 0 else (1, 0):
            merge(samples[side], measure(programs[side], rest, args.time))
        number += 1
        if args.rounds is None and number == 1:
            rounds = max(10, two_samples.least_size(len(samples[0].keys() & samples[1].keys()) or 1, args.alpha))
        print(f"round {number} of {rounds}", file=sys.stderr)
    return samples


def compare(a, b, args):
    """Returns name -> Comparison, or None for one that failed; in A's order."""
    names = [name for name in a if name in b]
    if not names:
        raise Problem("expected benchmarks of the same names on both sides, found none")
    good = [name for name in names if a[name] and b[name]]
    return {name: two_samples.Comparison(a[name], b[name], len(good), args.delta, args.alpha) if name in good else None for name in names}


def line_of(name, c):
    if c is None:
        return f"{FAILED:<10} {'':38} {name}"
    confidence = "" if c.confidence is None else f"{c.confidence:.2%}"
    return (f"{c.verdict:<10} {confidence:>7}  {c.median_a:10.4f} -> {c.median_b:10.4f} ms  "
            f"{c.ratio:6.3f} [{c.low:.3f}, {c.high:.3f}]  {name}")


def counted(comparisons):
    verdicts = [FAILED if c is None else c.verdict for c in comparisons.values()]
    return {v: verdicts.count(v) for v in (two_samples.FASTER, two_samples.SLOWER, two_samples.SAME, two_samples.UNDECIDED, FAILED)}


def summary(comparisons, a, b, alpha):
    counts = counted(comparisons)
    ratios = [c.ratio for c in comparisons.values() if c is not None]
    text = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count or verdict != FAILED)
    if ratios:
        text += f"; time of B / time of A: {statistics.geometric_mean(ratios):.3f} (geometric mean)"
        sizes = min(min(len(a[name]), len(b[name])) for name, c in comparisons.items() if c is not None)
        least = two_samples.least_size(len(ratios), alpha)
        if sizes < least:
            text += f"; {sizes} values of each cannot decide {len(ratios)} benchmark{'s' * (len(ratios) > 1)}: {least} could"
    alone = len(a.keys() ^ b.keys())
    return text + (f"; {alone} on one side only" if alone else "")


def main():
    args, rest = parse_args()
    a, b = play(args, rest) if args.build else (read(path, args.time) for path in args.files)
    comparisons = compare(a, b, args)
    for name, comparison in comparisons.items():
        print(line_of(name, comparison))
    print(summary(comparisons, a, b, args.alpha))
    if args.files:
        print("two files: changes of the machine between them count as differences; --build runs both programs in turn")
    if args.json:
        rows = [{"name": name} | ({"verdict": FAILED} if c is None else c.to_json() | {"a_ms": a[name], "b_ms": b[name]}) for name, c in comparisons.items()]
        facts = {"machine": report.machine(), "date": report.today(), "delta": args.delta, "alpha": args.alpha, "interleaved": bool(args.build)}
        report.write_json(args.json, facts | {"counts": counted(comparisons), "benchmarks": rows})
    counts = counted(comparisons)
    if counts[FAILED] or (args.fail_if_slower and counts[two_samples.SLOWER]):
        sys.exit(1)


if __name__ == "__main__":
    run(main)
