#!/usr/bin/python3
# Tests bench/nets by its command line: its output, and the files that it exchanges with other programs.
# SPDX-License-Identifier: MIT
"""Usage: test_nets.py PROGRAM"""
import json
import math
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

import tiny_models

PROGRAM = sys.argv.pop(1)


class NetsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="pose-nets-")
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)
        tiny_models.write_detector(self.dir)
        tiny_models.write_pose(self.dir)

    def nets(self, model, *args):
        command = [PROGRAM, "--net", str(model), "--threads", "1", "--reps", "2", *map(str, args)]
        return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)

    def outputs(self, model, *args):
        """Returns shapes by name, and the bytes of all values."""
        run = self.nets(model, "--output", self.dir / "out.safetensors", *args)
        self.assertEqual(run.returncode, 0, run.stderr)
        data = (self.dir / "out.safetensors").read_bytes()
        length = struct.unpack("<Q", data[:8])[0]
        header = json.loads(data[8 : 8 + length])
        return {name: entry["shape"] for name, entry in header.items()}, data[8 + length :]

    def write_input(self, *shape, value=0.25):
        path = self.dir / "x.npy"
        path.write_bytes(tiny_models.npy(shape, [value] * math.prod(shape)))
        return path

    def test_json(self):
        run = self.nets(self.dir / "tiny.cfg")
        self.assertEqual(run.returncode, 0, run.stderr)
        result = json.loads(run.stdout)
        self.assertEqual((result["batch"], result["threads"]), (1, 1))
        for key in ("min_ms", "median_ms", "load_ms", "first_ms", "gflop", "base_bytes"):
            self.assertGreater(result[key], 0, key)
        self.assertGreaterEqual(result["peak_bytes"], result["base_bytes"])

    def test_device(self):
        cpu = self.outputs(self.dir / "tiny.cfg")
        run = self.nets(self.dir / "tiny.cfg", "--device", "emulated", "--precision", "fp32", "--output", self.dir / "gpu.safetensors")
        if run.returncode == 4 and "this build has the CUDA backend" in run.stderr:
            self.skipTest(run.stderr.strip())
        self.assertEqual(run.returncode, 0, run.stderr)
        result = json.loads(run.stdout)
        self.assertEqual((result["device"], result["gpu"], result["precision"]), ("emulated", "emulated", "fp32"))
        self.assertGreater(result["device_bytes"], 0)
        for key in ("min_ms", "median_ms", "load_ms", "first_ms", "gflop"):
            self.assertGreater(result[key], 0, key)
        shapes, data = self.outputs(self.dir / "tiny.cfg", "--device", "emulated", "--precision", "fp32")
        self.assertEqual(shapes, cpu[0])
        want, got = (struct.unpack(f"<{len(d) // 4}f", d) for d in (cpu[1], data))
        for w, g in zip(want, got, strict=True):
            self.assertLessEqual(abs(g - w), 1e-4 * (1 + abs(w)))

    def test_peak_is_of_this_process_alone(self):
        """getrusage would begin with the peak of the parent process."""
        hog = "import subprocess, sys; hog = bytearray(1 << 28); hog[::4096] = b'x' * (1 << 16); sys.exit(subprocess.call(sys.argv[1:]))"
        command = [sys.executable, "-c", hog, PROGRAM, "--net", str(self.dir / "tiny.cfg"), "--threads", "1", "--reps", "1"]
        run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
        self.assertLess(json.loads(run.stdout)["peak_bytes"], 1 << 27)

    def test_saved_model_computes_the_same(self):
        for name in ("tiny.cfg", "tinypose.safetensors"):
            with self.subTest(name):
                saved = self.dir / "saved.safetensors"
                run = self.nets(self.dir / name, "--save_model", saved)
                self.assertEqual((run.returncode, run.stdout), (0, ""), run.stderr)
                self.assertEqual(self.outputs(self.dir / name, "--batch", 2), self.outputs(saved, "--batch", 2))

    def test_fastpose_is_saved_with_shapes_of_graph_files(self):
        saved = self.dir / "saved.safetensors"
        self.assertEqual(self.nets("fastpose@random", "--save_model", saved).returncode, 0)
        data = saved.read_bytes()
        header = json.loads(data[8 : 8 + struct.unpack("<Q", data[:8])[0]])
        self.assertEqual(header["preact.layer1.0.se.fc.0.weight"]["shape"], [256, 256, 1, 1])
        self.assertIn("nodes", json.loads(header["__metadata__"]["graph"]))

    def test_input(self):
        model = self.dir / "tinypose.safetensors"
        shapes, values = self.outputs(model, "--input", self.write_input(2, 3, 64, 48), "--batch", 2)
        self.assertEqual(shapes, {"maps": [2, 17, 16, 12]})
        weights = [((i * 7919) % 101 - 50) / 1000 for i in range(48)]  # of the first map, as in tiny_models.py; the bias is 0.6
        self.assertAlmostEqual(struct.unpack("<f", values[:4])[0], 0.6 + 0.25 * sum(weights), places=5)
        run = self.nets(model, "--input", self.write_input(1, 3, 48, 64))
        self.assertEqual(run.returncode, 1)
        self.assertIn("x.npy: expected shape [1, 3, 64, 48], found [1, 3, 48, 64]", run.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
