#!/usr/bin/python3
# Tests that the memory of a long clip stays flat.
# SPDX-License-Identifier: MIT
"""Usage: test_memory.py BUILD_DIR"""
import importlib.util
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True  # next to the scripts
if not importlib.util.find_spec("numpy"):
    print("numpy is missing: skipped")
    sys.exit(77)
PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT / "bench"), str(PROJECT / "scripts")]

from program_case import BUILD, ProgramTest
from rivals import video_runs

FRAMES = 4000
MOST_GROWTH = 20e6  # bytes: FRAMES of 96 x 64 take 73 MB, their lines 25 MB


class Memory(ProgramTest):
    def setUp(self):
        super().setUp()
        self.options = ["--models", self.models, "--detector", self.models / "tiny.cfg", "--pose", self.models / "tinypose.safetensors", "--inp_dim", "64"]
        self.options += ["--outdir", self.out, "--threads", "1"]

    def growth(self, *options):
        sizes = video_runs.memory(str(BUILD / "apps" / "pose"), [str(option) for option in (*self.options, *options)], FRAMES)
        return sizes["end_bytes"] - sizes["early_bytes"]

    def test_tracks(self):
        self.assertLess(self.growth("--track", "--smooth"), MOST_GROWTH)

    def test_followed_people_and_a_drawn_clip(self):
        self.assertLess(self.growth("--detect_every", "5", "--track", "--save_video"), MOST_GROWTH)


if __name__ == "__main__":
    unittest.main(verbosity=2)
