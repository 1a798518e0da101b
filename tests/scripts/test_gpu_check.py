#!/usr/bin/env python3
# Tests gpu-check on a machine with a fake GPU: its phases, its results, and its end after failures, timeouts and signals.
# SPDX-License-Identifier: MIT
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "gpu-check"
NETS = """case "$*" in *--save_model*) exit 0;; esac
echo '{"net": "some", "median_ms": 1.5}'
"""
LAYERS = """echo "name  op  shape  kernel  ms  GFLOP/s  GB/s"
echo "conv0  conv2d  32x608x608  mma  0.025  100.0  50.0"
echo "some: sum of layers 0.03 ms"
"""
NCU = """echo '==PROF== Connected'
echo '"ID","Kernel Name","Metric Name","Metric Unit","Metric Value"'
echo '"0","quick_kernel(float*)","gpu__time_duration.sum","ns","1,000"'
echo '"1","slow_kernel(float*)","gpu__time_duration.sum","ns","52,000"'
"""


class GpuCheck(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.out = self.root / "out"
        self.program("bin/nvidia-smi", "echo 'Fake 100, 9.0, 580.1, 81920 MiB, 1980 MHz, 2619 MHz'")
        self.program("bin/compute-sanitizer", 'while [ "$1" != 9 ]; do shift; done; shift; exec "$@"')
        self.program("bin/ncu", NCU)
        for test in ("intrinsics", "add", "conv2d"):
            self.program(f"build/tests/device/gpu_{test}", '[ "$POSE_TEST_DEVICE" = 0 ]')
        self.program("build/tests/oracle/gpu_oracle_real_device", "echo '  keypoints within 0.5 px: 9 of 9 (0 of them near a tie)'")
        self.program("build/bench/nets", NETS)
        self.program("build/apps/layers", LAYERS)
        self.program("build/apps/pose", 'case "$*" in *"--device cuda:0 --precision fp16"*) exit 0;; esac; exit 2')
        (self.root / "site").mkdir()
        (self.root / "site/torch.py").write_text("raise ImportError('planned')\n")
        self.environment = os.environ | {"PATH": f"{self.root / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(self.root / "site")}

    def program(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n" + text + "\n")
        path.chmod(0o755)

    def start(self, *arguments):
        return subprocess.Popen([sys.executable, SCRIPT, "--build", self.root / "build", "--out", self.out, *arguments], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, env=self.environment)

    def check(self, *arguments):
        process = self.start(*arguments)
        said, _ = process.communicate(timeout=60)
        return process.returncode, said

    def results(self):
        return json.loads((self.out / "results.json").read_text())

    def states(self):
        return {phase["name"]: phase["state"] for phase in self.results()["phases"]}

    def test_everything_runs(self):
        code, said = self.check()
        self.assertEqual(code, 0, said)
        without_torch = ("networks", "torch_models", "torch_layers")
        for name, state in self.states().items():
            self.assertEqual(state, "skipped" if name in without_torch else "ok", name + said)
        data = {phase["name"]: phase["data"] for phase in self.results()["phases"]}
        self.assertEqual(data["machine"]["name"], "Fake 100")
        self.assertIn({"net": "yolov3", "batch": 8, "how": "fp16", "us": 1500.0}, data["models"]["rows"])
        self.assertEqual(data["layers"]["rows"][0], {"net": "yolov3", "batch": 1, "layer": "conv0", "kernel": "mma", "us": 25.0, "conv": 0})
        self.assertEqual([row["kernel"] for row in data["ncu"]["rows"]], ["slow_kernel", "quick_kernel"])
        for words in ("Fake 100, compute capability 9.0", "fastpose b32", "slow_kernel", "racecheck"):
            self.assertIn(words, said)

    def test_a_failing_phase_does_not_stop_the_others(self):
        self.program("build/tests/device/gpu_conv2d", "echo expected 1 found 2 >&2; exit 1")
        code, said = self.check()
        self.assertEqual(code, 1, said)
        self.assertEqual((self.states()["kernels"], self.states()["models"]), ("FAILED", "ok"), said)
        self.assertIn("1 of 2: gpu_conv2d", said)
        self.assertIn("expected 1 found 2", (self.out / "kernels.log").read_text())

    def test_no_reference_cases(self):
        self.program("build/tests/oracle/gpu_oracle_real_device", "exit 77")
        code, said = self.check("--only", "real")
        self.assertEqual((code, self.states()["real"]), (0, "skipped"), said)

    def test_wrong_keypoints(self):
        self.program("build/tests/oracle/gpu_oracle_real_device", "exit 1")
        code, said = self.check("--only", "real")
        self.assertEqual((code, self.states()["real"]), (1, "FAILED"), said)

    def test_no_gpu(self):
        self.program("bin/nvidia-smi", "echo 'no devices were found'; exit 6")
        code, said = self.check()
        self.assertEqual((code, self.states()["machine"], self.states()["build"]), (1, "FAILED", "not reached"), said)
        self.assertIn("nvidia-smi: no devices were found", said)

    def hang(self):
        self.program("build/tests/device/gpu_intrinsics", f"sleep 600 & echo $! >'{self.root}/child'; wait")

    def assert_child_is_gone(self):
        child = (self.root / "child").read_text().strip()
        for _ in range(100):
            state = pathlib.Path("/proc", child, "stat")
            if not state.exists() or state.read_text().split(")")[1].split()[0] == "Z":
                return
            time.sleep(0.05)
        self.fail("what the phase had started still runs")

    def test_time_limit(self):
        self.hang()
        code, said = self.check("--limit", "20", "--only", "intrinsics,kernels")
        self.assertEqual((code, self.states()["intrinsics"], self.states()["kernels"]), (1, "TIMEOUT", "not reached"), said)
        self.assertIn("the limit of 20 s is reached", said)
        self.assert_child_is_gone()

    def test_termination_signal(self):
        self.hang()
        process = self.start()
        while not (self.root / "child").exists():
            time.sleep(0.05)
        self.assertEqual(self.states()["intrinsics"], "running")
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 143, said)
        self.assertEqual((self.states()["build"], self.states()["intrinsics"], self.states()["kernels"]), ("ok", "STOPPED", "not reached"), said)
        self.assertIn("SIGTERM", said)
        self.assert_child_is_gone()

    def test_unknown_phase(self):
        code, said = self.check("--only", "intrinsics,tea")
        self.assertEqual(code, 2)
        self.assertIn("found tea", said)


if __name__ == "__main__":
    unittest.main()
