#!/usr/bin/env python3
# Prints ninja's names of the targets that tests need, one a line.
# SPDX-License-Identifier: MIT
"""Usage: test_targets.py BUILD_DIR [--no-suite SUITE]... [TEST...]     by default all tests, as `meson test` selects them"""

import argparse
import json
import os
import subprocess


def introspect(folder, what):
    return json.loads(subprocess.run(["meson", "introspect", folder, what], capture_output=True, check=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", metavar="BUILD_DIR")
    parser.add_argument("--no-suite", action="append", default=[], metavar="SUITE")
    parser.add_argument("tests", nargs="*", metavar="TEST")
    args = parser.parse_args()
    needed = set()
    for test in introspect(args.folder, "--tests"):
        suites = {suite.rpartition(":")[2] for suite in test["suite"]}
        if not suites.intersection(args.no_suite) and (not args.tests or test["name"] in args.tests):
            needed.update(test["depends"])
    for target in introspect(args.folder, "--targets"):
        if target["id"] in needed:
            print("\n".join(os.path.relpath(path, args.folder) for path in target["filename"]))


if __name__ == "__main__":
    main()
