#!/usr/bin/python3
# Tests that the program uses only what the CPU can run: every op with each target, by option, by environment, and on emulated CPUs without newer
# targets.
# SPDX-License-Identifier: MIT
"""Usage: test_targets.py BUILD_DIR [--native]        --native: without emulated CPUs, where sanitizers do not work"""
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import unittest

import every_op
import tiny_models

BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
LAYERS = BUILD / "apps" / "layers"
DONE, DEVICE = 0, 4
TARGETS = ["ref", "avx2", "avx512"]
NATIVE = "--native" in sys.argv[1:]
if NATIVE:
    sys.argv.remove("--native")
QEMU = None if NATIVE else shutil.which("qemu-x86_64")
WHY_NOT = "built with sanitizers" if NATIVE else "no qemu-x86_64 (package qemu-user)"
OLD_CPUS = {"Nehalem": "ref", "Haswell": "avx2"}  # and their best target

# The bound in units of a node's largest value: some 25 layers, each with sums of up to 600 products, round differently.
TOLERANCE = 1e-4


def read_tensors(path):
    """Returns name -> values of a safetensors file of float32."""
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header, body = json.loads(data[8:8 + size]), data[8 + size:]
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = struct.unpack(f"<{(end - begin) // 4}f", body[begin:end])
    return tensors


class Targets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="pose-targets-"))
        cls.addClassCleanup(shutil.rmtree, cls.dir, ignore_errors=True)
        h, w = every_op.write(cls.dir)
        values = [(i * 7919 % 1009) / 1009 for i in range(2 * 3 * h * w)]
        (cls.dir / "x.npy").write_bytes(tiny_models.npy([2, 3, h, w], values))
        cls.reference = cls.dump("--target", "ref")

    @classmethod
    def layers(cls, verb, *args, cpu=None, target=None):
        """Runs `layers VERB` on the model; cpu: of an emulated machine; target: $POSE_TARGET."""
        emulator = [QEMU, "-cpu", cpu] if cpu else []
        command = [*emulator, LAYERS, verb, "--model", cls.dir / "every_op.safetensors", *args]
        environment = {**os.environ, "POSE_TARGET": target or ""}
        run = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=300, env=environment)
        if run.returncode < 0:
            raise AssertionError(f"{command}: {signal.Signals(-run.returncode).name}\n{run.stderr}")
        return run

    @classmethod
    def dump(cls, *args, **kwargs):
        out = cls.dir / "out.safetensors"
        run = cls.layers("dump", "--input", cls.dir / "x.npy", "--out", out, "--threads", 1, *args, **kwargs)
        if run.returncode != DONE:
            raise AssertionError(run.stderr)
        return read_tensors(out)

    def targets_used(self, *args, **kwargs):
        """Returns the targets of the kernels that `layers list` names."""
        run = self.layers("list", *args, **kwargs)
        self.assertEqual(run.returncode, DONE, run.stderr)
        kernels = {line.split()[-1] for line in run.stdout.splitlines() if len(line.split()) == 6}
        return {target for target in TARGETS for kernel in kernels if kernel.split("_")[0] == target}

    def best(self):
        run = self.layers("list", "--target", "avx512")
        if run.returncode == DONE:
            return "avx512"
        return "avx2" if self.layers("list", "--target", "avx2").returncode == DONE else "ref"

    def expect_reference(self, tensors):
        self.assertEqual(tensors.keys(), self.reference.keys())
        self.assertIn("boxes", tensors)
        for name, values in tensors.items():
            want = self.reference[name]
            self.assertEqual(len(values), len(want), name)
            largest = max(map(abs, want))
            worst = max(abs(a - b) if a == a and b == b else float("inf") for a, b in zip(values, want))
            self.assertLessEqual(worst, TOLERANCE * largest, name)

    def test_option(self):
        best = self.best()
        for target in TARGETS[:TARGETS.index(best) + 1]:
            with self.subTest(target=target):
                self.assertEqual(max(map(TARGETS.index, self.targets_used("--target", target))), TARGETS.index(target))
                self.expect_reference(self.dump("--target", target))

    def test_environment_lowers_and_never_raises(self):
        best = self.best()
        for target in TARGETS:
            with self.subTest(POSE_TARGET=target):
                expected = min(TARGETS.index(target), TARGETS.index(best))
                self.assertEqual(max(map(TARGETS.index, self.targets_used(target=target))), expected)
        self.expect_reference(self.dump(target="ref"))

    @unittest.skipUnless(QEMU, WHY_NOT)
    def test_old_cpus(self):
        for cpu, target in OLD_CPUS.items():
            with self.subTest(cpu=cpu):
                self.assertEqual(max(map(TARGETS.index, self.targets_used(cpu=cpu))), TARGETS.index(target))
                self.expect_reference(self.dump(cpu=cpu))
                self.assertEqual(max(map(TARGETS.index, self.targets_used(cpu=cpu, target="avx512"))), TARGETS.index(target))
                run = self.layers("list", "--target", "avx512", cpu=cpu)
                self.assertEqual(run.returncode, DEVICE, run.stderr)

    @unittest.skipUnless(QEMU, WHY_NOT)
    def test_old_cpus_stop_at_instructions_that_they_lack(self):
        for cpu, target in OLD_CPUS.items():
            for wanted in TARGETS[1:]:
                with self.subTest(cpu=cpu, instructions=wanted):
                    run = subprocess.run([QEMU, "-cpu", cpu, str(BUILD / "tests" / "apps" / "needs_target"), wanted], capture_output=True, text=True,
                                         timeout=60)
                    has = TARGETS.index(wanted) <= TARGETS.index(target)
                    self.assertEqual(run.returncode, 0 if has else -signal.SIGILL, run.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=1)
