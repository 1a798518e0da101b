#!/usr/bin/env python3
# Reads Meson's testlog.json.  Prints why tests or parts of them were skipped, which failed, and how many of each there were.
# SPDX-License-Identifier: MIT
import json
import sys

PASSED = {"OK", "EXPECTEDFAIL"}


def last_line(test):
    lines = [line.strip() for line in (test.get("stdout", "") + "\n" + test.get("stderr", "")).splitlines()]
    return next((line for line in reversed(lines) if line), "no reason given")


def skipped_parts(test):
    """Returns the lines "skipped: REASON" of a test that passed, each once."""
    lines = [line.strip() for line in test.get("stdout", "").splitlines()]
    return list(dict.fromkeys(line for line in lines if line.startswith("skipped: ")))


def main():
    try:
        with open(sys.argv[1], encoding="utf-8") as log:
            tests = [json.loads(line) for line in log]
    except FileNotFoundError:
        tests = []
    skipped = [t for t in tests if t["result"] == "SKIP"]
    failed = [t for t in tests if t["result"] not in PASSED and t["result"] != "SKIP"]
    for test in skipped:
        print(f"skipped: {test['name']}: {last_line(test)}")
    for test in tests:
        if test["result"] in PASSED:
            for line in skipped_parts(test):
                print(f"skipped in part: {test['name']}: {line.removeprefix('skipped: ')}")
    for test in failed:
        print(f"failed: {test['name']}: {test['result'].lower()}")
    if not tests:
        print("no test ran: was the build folder made before doctest-dev was installed?  Then delete it.")
    print(f"{len(tests) - len(skipped) - len(failed)} passed, {len(failed)} failed, {len(skipped)} skipped")
    return 1 if failed or not tests else 0


if __name__ == "__main__":
    sys.exit(main())
