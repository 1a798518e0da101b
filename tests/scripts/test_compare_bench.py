# Tests compare_bench.py: the error rates of its verdicts on samples of known distributions, and its input, runs and exit codes.
# SPDX-License-Identifier: MIT

import json
import os
import stat
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True  # next to the scripts
from converter_case import PROJECT, Case, main  # before numpy: see there

import numpy as np

from lib import two_samples
from lib.two_samples import FASTER, SAME, SLOWER, UNDECIDED, Comparison

SCRIPT = os.path.join(PROJECT, "scripts", "compare_bench.py")
# A benchmark program: writes the times of its folder's file `times`, one line per call.
PROGRAM = """#!/usr/bin/python3
import json, os, sys
here = os.path.dirname(os.path.abspath(sys.argv[0]))
out = next(a.split("=")[1] for a in sys.argv if a.startswith("--benchmark_out="))
calls = os.path.join(here, "calls")
number = len(open(calls).read().split()) if os.path.exists(calls) else 0
open(calls, "a").write(f"{sys.argv[1]}\\n")
open(os.path.join(here, "..", "..", "order"), "a").write(os.path.basename(os.path.dirname(here)))
times = json.load(open(os.path.join(here, "times")))
json.dump({"benchmarks": [{"name": n, "run_name": n, "run_type": "iteration", "cpu_time": t[number % len(t)], "real_time": 1, "time_unit": "us"}
                          for n, t in times.items()]}, open(out, "w"))
"""


def noise(rng, kind, n):
    """Returns the log of times: symmetric, skewed with outliers, or drifting while A and B take turns."""
    if kind == "normal":
        return rng.normal(0, 0.02, n)
    return rng.normal(0, 0.01, n) + rng.exponential(0.02, n) + (rng.random(n) < 0.1) * 0.3


def samples(rng, kind, n, ratio):
    if kind != "drift":
        return np.exp(noise(rng, kind, n)), ratio * np.exp(noise(rng, kind, n))
    slower = np.exp(np.linspace(0, 0.2, 2 * n))  # by 22 % over the run
    turns = slower.reshape(n, 2)
    turns[1::2] = turns[1::2, ::-1]
    return turns[:, 0] * np.exp(rng.normal(0, 0.02, n)), ratio * turns[:, 1] * np.exp(rng.normal(0, 0.02, n))


def share(kind, ratio, verdicts, n=10, trials=600, m=1, delta=0.02):
    """Returns the share of trials with one of these verdicts."""
    rng = np.random.default_rng(7)
    return sum(Comparison(*samples(rng, kind, n, ratio), m=m, delta=delta).verdict in verdicts for _ in range(trials)) / trials


# A share of 600 trials exceeds the expected one by more than this in one of 3000 cases.
ROOM = 3.4 * (0.05 * 0.95 / 600) ** 0.5


class TwoSamplesTest(unittest.TestCase):
    def test_orders_are_counted_exactly(self):
        self.assertEqual(two_samples.orders(2, 2), [1, 1, 2, 1, 1])
        self.assertEqual(two_samples.orders(1, 3), [1, 1, 1, 1])
        self.assertEqual(two_samples.orders(3, 4), two_samples.orders(4, 3))
        self.assertEqual(sum(two_samples.orders(40, 40)), 107507208733336176461620)
        self.assertAlmostEqual(two_samples.at_most(5, 5, 2), 4 / 252)  # of the tables of the statistic: 1, 1, 2 orders

    def test_no_difference_is_rarely_found_where_there_is_none(self):
        for kind in ("normal", "skewed", "drift"):
            self.assertLessEqual(share(kind, 1.0, (FASTER, SLOWER)), 0.05 + ROOM, kind)

    def test_same_is_rarely_the_verdict_for_a_difference_of_delta(self):
        for kind in ("normal", "skewed"):
            for ratio in (1.05, 0.95):
                self.assertLessEqual(share(kind, ratio, (SAME,), delta=0.05), 0.05 + ROOM, (kind, ratio))

    def test_the_wrong_direction_is_never_found(self):
        for kind in ("normal", "skewed", "drift"):
            self.assertEqual(share(kind, 1.05, (FASTER,)), 0, kind)

    def test_many_benchmarks_at_once_rarely_give_a_wrong_verdict(self):
        rng, wrong, lists, m = np.random.default_rng(8), 0, 200, 20
        for _ in range(lists):
            wrong += any(Comparison(*samples(rng, "skewed", 10, 1.0), m=m).verdict in (FASTER, SLOWER) for _ in range(m))
        self.assertLessEqual(wrong / lists, 0.05 + 3.4 * (0.05 * 0.95 / lists) ** 0.5)

    def test_power(self):
        self.assertGreater(share("normal", 1.05, (SLOWER,)), 0.97)  # two and a half standard deviations, ten values
        self.assertGreater(share("normal", 0.95, (FASTER,)), 0.97)
        self.assertGreater(share("normal", 1.10, (SLOWER,), m=100), 0.97)
        self.assertGreater(share("skewed", 1.10, (SLOWER,)), 0.9)
        self.assertGreater(share("drift", 1.15, (SLOWER,)), 0.9)
        self.assertGreater(share("normal", 1.0, (SAME,), n=20, delta=0.03), 0.95)

    def test_interval_holds_the_ratio(self):
        rng, inside = np.random.default_rng(9), 0
        for _ in range(600):
            c = Comparison(*samples(rng, "skewed", 8, 1.3))
            inside += c.low <= 1.3 <= c.high
        self.assertGreaterEqual(inside / 600, 0.95 - ROOM)

    def test_small_samples_decide_nothing(self):
        c = Comparison([1, 1.01, 1.02], [5, 5.1, 5.2])
        self.assertEqual((c.verdict, c.low, c.high), (UNDECIDED, 0.0, np.inf))
        self.assertEqual(two_samples.least_size(1), 4)
        for m in (1, 10, 1000):
            n = two_samples.least_size(m)
            self.assertEqual(Comparison(np.arange(1, 1 + n), np.arange(100, 100 + n), m).verdict, SLOWER)
            self.assertEqual(Comparison(np.arange(1, n), np.arange(100, 99 + n), m).verdict, UNDECIDED)

    def test_equal_values_are_no_evidence(self):
        c = Comparison([1.0] * 30, [1.0] * 30)
        self.assertEqual((c.verdict, c.ratio), (SAME, 1.0))
        self.assertEqual(Comparison([1.0] * 30, [1.02] * 30, delta=0.02).verdict, SLOWER)


class ScriptTest(Case):
    def compare(self, *args):
        command = [sys.executable, "-B", SCRIPT, *map(str, args)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    def write(self, name, times, **more):
        entries = [{"name": n, "run_name": n, "run_type": "iteration", "cpu_time": t, "real_time": 2 * t, "time_unit": "us"} | more
                   for n, values in times.items() for t in values]
        entries += [{"name": n + "_mean", "run_name": n, "run_type": "aggregate", "cpu_time": 1e9, "time_unit": "us"} for n in times]
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"context": {}, "benchmarks": entries}, file)
        return path

    def write_build(self, name, times):
        folder = os.path.join(self.folder, name, "bench")
        os.makedirs(folder)
        with open(os.path.join(folder, "times"), "w", encoding="utf-8") as file:
            json.dump(times, file)
        with open(os.path.join(folder, "ops"), "w", encoding="utf-8") as file:
            file.write(PROGRAM)
        os.chmod(os.path.join(folder, "ops"), stat.S_IRWXU)
        return os.path.join(self.folder, name)

    def test_files(self):
        steady = [100 + 0.1 * i for i in range(12)]
        a = self.write("a.json", {"x": steady, "y": steady, "z": steady, "only_a": steady})
        b = self.write("b.json", {"x": [t * 1.3 for t in steady], "y": [t * 0.7 for t in steady], "z": steady})
        out = os.path.join(self.folder, "out.json")
        run = self.compare(a, b, "--json", out)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual([line.split()[0] for line in run.stdout.splitlines()[:3]], [SLOWER, FASTER, SAME])
        self.assertIn("1 faster, 1 slower, 1 same, 0 undecided", run.stdout)
        self.assertIn("1 on one side only", run.stdout)
        with open(out, encoding="utf-8") as file:
            result = json.load(file)
        self.assertAlmostEqual(result["benchmarks"][0]["ratio"], 1.3, delta=0.01)
        self.assertAlmostEqual(result["benchmarks"][0]["median_a"], 0.10055, places=5)  # ms
        self.assertEqual((result["counts"][SLOWER], result["interleaved"]), (1, False))
        self.assertEqual(self.compare(a, b, "--fail-if-slower").returncode, 1)
        self.assertEqual(self.compare(a, a, "--fail-if-slower").returncode, 0)

    def test_too_few_repetitions_are_reported(self):
        a = self.write("a.json", {"x": [1, 2, 3]})
        run = self.compare(a, a)
        self.assertIn("3 values of each cannot decide 1 benchmark: 4 could", run.stdout)

    def test_builds_run_in_turn(self):
        a = self.write_build("A", {"x": [100, 101, 102, 103, 104, 105]})
        b = self.write_build("B", {"x": [150, 151, 152, 153, 154, 155]})
        run = self.compare("--build", a, "--build", b, "--rounds", 6, "--", "--net=tiny")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertTrue(run.stdout.startswith(SLOWER), run.stdout)
        with open(os.path.join(self.folder, "order"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "ABBAABBAABBA")
        with open(os.path.join(a, "bench", "calls"), encoding="utf-8") as file:
            self.assertEqual(file.read().split(), ["--net=tiny"] * 6)

    def test_a_benchmark_that_failed(self):
        a, b = self.write("a.json", {"x": [1] * 9}), self.write("b.json", {"x": [1] * 9}, error_occurred=True)
        run = self.compare(a, b)
        self.assertEqual((run.returncode, run.stdout.split()[0]), (1, "failed"))

    def test_bad_input(self):
        good, junk, empty = self.write("a.json", {"x": [1]}), os.path.join(self.folder, "junk"), self.write("e.json", {})
        with open(junk, "w", encoding="utf-8") as file:
            file.write("[1, 2]")
        zero = self.write("z.json", {"x": [0]})
        other = self.write("o.json", {"other": [1]})
        for args, code, text in (((good, junk), 3, "junk: expected Google Benchmark's JSON"), ((good, empty), 3, "found no benchmark"),
                                 ((good, zero), 3, "x: expected a cpu_time above 0"), ((good, other), 3, "of the same names"), ((good,), 2, "two files"),
                                 ((good, good, "--delta", "2"), 2, "--delta"), (("--build", self.folder, "--build", self.folder), 3, "expected a program"),
                                 ((good, "missing"), 3, "missing: No such file")):
            run = self.compare(*args)
            self.assertEqual(run.returncode, code, run.stderr)
            self.assertIn(text, run.stderr)


if __name__ == "__main__":
    main()
