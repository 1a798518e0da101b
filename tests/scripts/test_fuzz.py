# Tests the readers of the scripts with random files, and compares our readers with those of NumPy, safetensors and OpenCV.
# SPDX-License-Identifier: MIT
"""With POSE_REPLAY=path of the program fuzz/replay.  scripts/fuzz does the same for longer."""

import dataclasses
import os
import sys
import unittest

sys.dont_write_bytecode = True  # next to the scripts
from converter_case import Case, has, main  # before the modules of scripts/: see there

from lib import fuzz_judges, fuzz_readers
from lib.problem import Problem

RUNS = 150  # of each reader
FILES = 300  # of each judge
REPLAY = os.environ.get("POSE_REPLAY")
NEEDS = {"python_onnx": "onnx", "safetensors": "safetensors", "jpeg": "cv2"}


class ReadersTest(Case):
    def test_random_files_are_read_or_problems(self):
        for reader in fuzz_readers.READERS:
            if reader.name in NEEDS and not has(NEEDS[reader.name]):
                print(f"skipped: {reader.name}: no package {NEEDS[reader.name]}")
                continue
            with self.subTest(reader.name):
                fuzzer = fuzz_readers.Fuzzer(reader, self.folder, 1)
                fuzzer.run(0, RUNS)
                self.assertGreater(min(fuzzer.counts.values()), 0, fuzzer.counts)

    def test_a_reader_that_fails_is_found(self):
        def fail(path):
            with open(path, "rb") as file:
                return 1 / len(file.read())

        fuzzer = fuzz_readers.Fuzzer(fuzz_readers.Reader("bad", ".json", lambda: [b"1"], lambda *_: b"", fail), self.folder, 1)
        self.assertRaises(ZeroDivisionError, fuzzer.run, 0, 10)


@unittest.skipUnless(REPLAY, "needs POSE_REPLAY")
class JudgesTest(Case):
    def compared(self, judge, seed=1):
        comparison = fuzz_judges.Comparison(judge, REPLAY, self.folder, seed)
        comparison.run(FILES)
        return comparison.counts

    def test_the_originals_read_the_same(self):
        for judge in fuzz_judges.JUDGES:
            if judge.target in NEEDS and not has(NEEDS[judge.target]):
                print(f"skipped: {judge.target}: no package {NEEDS[judge.target]}")
                continue
            with self.subTest(judge.target):
                counts = self.compared(judge)
                self.assertGreater(counts["both accept"], FILES // 10, counts)
                self.assertGreater(counts["both refuse"], 0, counts)

    def test_a_difference_is_found(self):
        npy = fuzz_judges.JUDGES[0]
        for other in (dataclasses.replace(npy, judge=lambda data: "other"), dataclasses.replace(npy, stricter={}),
                      dataclasses.replace(npy, judge=lambda data: 1 / 0)):
            self.assertRaises(Problem, self.compared, other)


if __name__ == "__main__":
    main()
