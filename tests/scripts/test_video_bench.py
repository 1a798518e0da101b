# Tests bench/video.py without any clip or baseline: pairs of people, OKS, the networks' time, the Y4M clip, tables.
# SPDX-License-Identifier: MIT

import json
import os
import sys
import unittest
import unittest.mock

sys.dont_write_bytecode = True  # next to the scripts
from converter_case import PROJECT, Case, has, main  # before numpy: see there

import numpy as np

sys.path.insert(0, os.path.join(PROJECT, "bench"))
from lib import track_lines
from lib.problem import Problem
from rivals import video_runs, video_tables


def found_at(*lefts, score=0.9):
    """Returns people of 40 x 100 pixels whose left sides are given."""
    boxes = np.array([[x, 0, x + 40, 100] for x in lefts], float).reshape(-1, 4)
    points = boxes[:, None, :2] + np.linspace(0.1, 0.9, 17)[None, :, None] * [40, 100]
    return track_lines.Found(boxes, np.full(len(lefts), 0.9), np.concatenate([points, np.full((len(lefts), 17, 1), score)], 2))


class Agreement(Case):
    def test_pairs_are_made_by_falling_overlap(self):
        a, b = found_at(0, 100).boxes, found_at(102, 12, 1).boxes
        self.assertEqual(video_runs.matched(a, b), [(0, 2), (1, 0)])
        self.assertEqual(video_runs.matched(a, found_at().boxes), [])
        self.assertEqual(video_runs.matched(a, found_at(30).boxes), [])  # IoU 1/7

    def test_the_same_people_agree(self):
        same = video_runs.agreement([(True, found_at(0, 100))], [(False, found_at(100, 0))])
        self.assertEqual((same["people"], same["others"], same["pairs"]), (2, 2, 2))
        np.testing.assert_allclose(same["oks"], 1)

    def test_moved_and_missing_people(self):
        moved = video_runs.agreement([(True, found_at(0, 100, 200))], [(True, found_at(4, 100))])
        self.assertEqual((moved["people"], moved["others"], moved["pairs"]), (3, 2, 2))
        self.assertEqual(sorted(moved["oks"] > 0.99), [False, True])

    def test_unsure_keypoints_are_not_compared(self):
        self.assertEqual(video_runs.agreement([(True, found_at(0, score=0.1))], [(True, found_at(0))])["pairs"], 0)

    def test_lines_are_read(self):
        clip = unittest.mock.Mock(times=[0.0], width=400, height=100)
        clip.name = "clip"
        with open(self.path("a.jsonl"), "w", encoding="ascii") as file:
            file.write(json.dumps(track_lines.line(clip, 0, found_at(0, 50)) | {"detected": False}) + "\n")
        ((detected, people),) = video_runs.read(self.path("a.jsonl"))
        self.assertFalse(detected)
        np.testing.assert_allclose(people.boxes, found_at(0, 50).boxes)


class Times(Case):
    def test_the_pose_network_takes_time_by_people(self):
        times = [5, 14, 26, 38]  # 2 + 3 a person
        self.assertEqual(video_runs.pose_ms([0], times), 0)
        self.assertEqual(video_runs.pose_ms([1, 8], times), 31)
        self.assertEqual(video_runs.pose_ms([6], times), 20)
        self.assertEqual(video_runs.pose_ms([14], times), 44)

    def test_a_failed_run_is_an_error(self):
        with self.assertRaisesRegex(Problem, "found: because"):
            video_runs.timed([sys.executable, "-c", "import sys; sys.exit('because')"])

    def test_cpu_time_counts_the_process(self):
        seconds, cpu = video_runs.timed([sys.executable, "-c", "import time; a = time.process_time()\nwhile time.process_time() - a < 0.2: pass"])
        self.assertGreaterEqual(cpu, 0.19)
        self.assertGreaterEqual(seconds, 0.19)


class Tables(Case):
    def comparison(self):
        c = video_runs.Comparison.__new__(video_runs.Comparison)
        c.pair, c.frames, c.versions = video_runs.PAIRS["small"], 2, {"rtmlib": "1.0"}
        c.values = {name: {"seconds": [1.0, 2.0, 4.0], "cpu": [0.5, 0.5, 0.5]} for name in ("every", "every5", "rtmlib")}
        c.values["rtmlib"]["seconds"] = [3.0, 6.0, 8.0]
        c.nets = {"detector": [20.0], 1: [2.5], 4: [10.0], 8: [20.0], 12: [30.0]}
        c.found = {"every": [(True, found_at(0, 100))] * 2, "every5": [(True, found_at(0, 100)), (False, found_at(0))]}
        return c

    def test_rows(self):
        c = self.comparison()
        self.assertEqual(video_tables.speed_row(c, "rtmlib")[2:], ["0.333", "250", "**3.00** (2.00..3.00)"])
        self.assertEqual(video_tables.speed_row(c, "every")[4], "")
        self.assertEqual(video_tables.agreement_row(c)[1:5], ["1 of 2", 4, 3, "75.0 %"])
        self.assertAlmostEqual(c.networks_alone("every5"), 0.0275)  # one detection, three people
        self.assertAlmostEqual(video_tables.bound(c)[2], 25 / 9)

    def test_the_document(self):
        memory = {"frames": 3000, "early": 1000, "early_bytes": 40_000_000, "end_bytes": 41_500_000, "seconds": 2.0}
        text = video_tables.markdown([self.comparison()], memory, {"machine": "m", "date": "d", "command": "c", "rounds": 3, "load": 0.1})
        self.assertIn("rtmlib 1.0", text)
        self.assertIn("40.0 MB after frame 1000, 41.5 MB at the end (+1.5 MB)", text)


class Memory(Case):
    def test_a_clip_is_looped(self):
        pieces = list(video_runs.y4m([b"a", b"b"], 2, 2, 3))
        self.assertTrue(pieces[0].startswith(b"YUV4MPEG2 W2 H2 "))
        self.assertEqual([piece[-1:] for piece in pieces[1:]], [b"a", b"b", b"a"])

    def test_both_sizes_are_read(self):
        """Runs a program that writes a line for each frame."""
        program = self.path("program")
        with open(program, "w", encoding="ascii") as file:
            file.write(f"#!{sys.executable}\nimport sys\nread = sys.stdin.buffer.read\nsys.stdin.buffer.readline()\n")
            file.write("for k in range(100):\n read(6 + 96 * 64 * 3 // 2)\n print(k, flush=True)\n")
        os.chmod(program, 0o755)
        sizes = video_runs.memory(program, [], 100, early=10)
        self.assertGreater(sizes["early_bytes"], 1e6)
        self.assertGreater(sizes["end_bytes"], 1e6)
        with self.assertRaisesRegex(Problem, "expected 200 lines"):
            video_runs.memory(program, [], 200, early=10)


if __name__ == "__main__":
    main()
