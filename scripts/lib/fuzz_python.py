# Fuzzes the readers of the Python scripts, and compares the readers of C++ with those that other projects wrote.
# SPDX-License-Identifier: MIT
"""Part of scripts/fuzz.  Prints a line for each target, or, without one, the names of all targets.  Exit code 1: a target failed; the message names the file."""

import argparse
import importlib.util
import pathlib
import secrets
import sys
import time
import traceback

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests" / "scripts")]
NEEDS = {"judged_safetensors": ("safetensors",), "judged_jpeg": ("cv2",), "python_onnx": ("onnx",)}
STEP = 2000  # files that are compared before the time is looked at


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--seconds", type=float, default=10, help="of each target (default: 10)")
    parser.add_argument("--replay", default=str(ROOT / "build" / "fuzz" / "replay"), help="program that reads files with our readers (default: build/fuzz/replay)")
    parser.add_argument("--folder", default=".", help="for the file of a run; one that fails stays there (default: the current one)")
    parser.add_argument("--seed", type=int, default=0, help="of all random choices (default: 0, another one each time)")
    return parser.parse_args()


def missing(target):
    return [name for name in ("numpy", *NEEDS.get(target, ())) if not importlib.util.find_spec(name)]


def run_reader(reader, args, seed):
    from lib import fuzz_readers

    fuzz_readers.be_strict()
    fuzzer = fuzz_readers.Fuzzer(reader, args.folder, seed)
    fuzzer.run(args.seconds)
    return fuzzer.summary()


def run_judge(judge, args, seed):
    from lib import fuzz_judges

    comparison, end = fuzz_judges.Comparison(judge, args.replay, args.folder, seed), time.monotonic() + args.seconds
    while time.monotonic() < end:
        comparison.run(STEP)
    return comparison.summary()


def main():
    args = parse_args()
    from lib import fuzz_judges, fuzz_readers, problem

    runs = {reader.name: (run_reader, reader) for reader in fuzz_readers.READERS}
    runs |= {f"judged_{judge.target}": (run_judge, judge) for judge in fuzz_judges.JUDGES}
    if not args.targets:
        print(" ".join(runs))
    seed, failed = args.seed or secrets.randbits(32), False
    for name in args.targets:
        if missing(name):
            print(f"{name:20} skipped: no package {' '.join(missing(name))}")
            continue
        run, target = runs[name]
        try:
            print(run(target, args, seed), flush=True)
        except Exception as error:  # noqa: BLE001  # a reader that fails may raise anything
            traceback.print_exc()
            print(f"{name:20} FAILED with seed {seed}: {problem.reason(error)}")
            failed = True
    sys.exit(failed)


if __name__ == "__main__":
    main()
