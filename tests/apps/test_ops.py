#!/usr/bin/python3
# Tests bench/ops by its command line: names, filters, input of Google Benchmark's compare.py, exit codes.
# SPDX-License-Identifier: MIT
"""Usage: test_ops.py PROGRAM"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import tiny_models

PROGRAM = sys.argv.pop(1)
COMPARE = pathlib.Path("/usr/share/benchmark/compare.py")  # from Debian's libbenchmark-tools
NAME = re.compile(r"^(?P<op>\w+)/(?P<kernel>\w+)/(?P<net>[^/]+)/(?P<layer>[^/]+)/(?P<shape>[^/]+)/(?P<cache>hot|cold)$")


class OpsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="pose-ops-")
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)
        tiny_models.write_detector(self.dir)

    def ops(self, *args, code=0):
        run = subprocess.run([PROGRAM, *map(str, args)], capture_output=True, text=True, timeout=300, check=False)
        self.assertEqual(run.returncode, code, run.stdout + run.stderr)
        return run

    def listed(self, *args):
        """Returns name -> places."""
        return dict(line.split("  ", 1) for line in self.ops("--list", *args).stdout.splitlines())

    def measured(self, *args, code=0):
        """Returns the benchmarks of the tiny detector, from the JSON file."""
        path = self.dir / "out.json"
        self.ops("--model", self.dir / "tiny.cfg", "--benchmark_min_time=0.001", f"--benchmark_out={path}", *args, code=code)
        return json.loads(path.read_text())

    def test_names(self):
        names = self.listed()
        self.assertGreater(len(names), 500)
        for name in names:
            self.assertRegex(name, NAME)
        self.assertTrue(any("conv2d/" in name and "/1x256x76x76-k1s1-o128/" in name for name in names))
        ops = {NAME.match(name)["op"] for name in names}
        self.assertGreaterEqual(len(ops), 13)

    def test_a_shape_is_listed_once_with_all_its_places(self):
        names = self.listed("--net", "^yolov3(-spp)?-608$", "--op", "^conv2d$", "--cache", "cold", "--kernel", "_(gemm|stem)$")
        places = {place for text in names.values() for place in text.split(", ")}
        shapes = [NAME.match(name)["shape"] + NAME.match(name)["kernel"] for name in names]
        self.assertEqual(len(shapes), len(set(shapes)))
        self.assertTrue(any("yolov3-608 " in text and "yolov3-spp-608 " in text for text in names.values()))
        layers = [re.search(r"\((\d+)\)$", place) for place in places if place.startswith("yolov3-608 ")]
        self.assertEqual(sum(int(count[1]) if count else 1 for count in layers), 75)  # convolutions of yolov3

    def test_filters(self):
        everything = self.listed("--net", "yolov3-tiny")
        for option, part in {"--op": "pool", "--kernel": "gemm", "--layer": r"yolo\.8\."}.items():
            names = self.listed("--net", "yolov3-tiny", option, part)
            key = {"--op": "op", "--kernel": "kernel", "--layer": "layer"}[option]
            self.assertEqual(set(names), {n for n in everything if re.search(part, NAME.match(n)[key])}, option)
            self.assertTrue(names)
        self.assertTrue(all(n.endswith("/hot") for n in self.listed("--cache", "hot", "--net", "tiny")))
        references = set(self.listed("--net", "yolov3-tiny", "--reference")) - set(everything)
        self.assertTrue(references and all("/ref/" in n for n in references))

    def test_json_is_what_compare_py_reads(self):
        result = self.measured("--benchmark_repetitions=2")
        runs = [b for b in result["benchmarks"] if b["run_type"] == "iteration"]
        self.assertTrue(runs)
        for run in runs:
            self.assertNotIn("error_message", run)
            for key in ("name", "run_name", "real_time", "cpu_time", "time_unit", "iterations", "repetition_index", "GB/s", "layers"):
                self.assertIn(key, run)
            self.assertRegex(run["run_name"], NAME)
        for key in ("cpu", "target", "peak GFLOP/s of a core", "bandwidth GB/s", "threads", "batch"):
            self.assertIn(key, result["context"])
        if COMPARE.exists() and shutil.which("python3"):
            path = self.dir / "out.json"
            run = subprocess.run(["/usr/bin/python3", str(COMPARE), "--no-utest", "benchmarks", path, path], capture_output=True, text=True, check=False)
            if "ModuleNotFoundError" not in run.stderr:  # compare.py needs scipy
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assertIn(runs[0]["run_name"], run.stdout)

    def test_device_kernels_are_checked_on_the_emulated_device(self):
        path = self.dir / "device.json"
        command = [PROGRAM, "--device", "emulated", "--model", self.dir / "tiny.cfg", "--kernel", "^(ffma32|mma64x32|cuda)", "--cache", "hot"]
        run = subprocess.run([*map(str, command), f"--benchmark_out={path}"], capture_output=True, text=True, timeout=300, check=False)
        if run.returncode == 4 and "this build has the CUDA backend" in run.stderr:
            self.skipTest(run.stderr.strip())
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("times mean nothing", run.stderr)
        runs = json.loads(path.read_text())["benchmarks"]
        self.assertFalse([b for b in runs if b.get("error_occurred")])
        kernels = {b["name"].split("/")[1] for b in runs}
        self.assertEqual(kernels, {"ffma32x64_fp32", "mma64x32_tf32", "mma64x32_fp16", "cuda_fp32", "cuda_tf32", "cuda_fp16"})
        one = self.listed("--device", "emulated", "--model", self.dir / "tiny.cfg", "--precision", "fp16")
        self.assertTrue(one and all(NAME.match(name)["kernel"].endswith("_fp16") for name in one))

    def test_usage(self):
        self.assertIn("device gpu: expected", self.ops("--device", "gpu", code=4).stderr)
        for args, text in {("--op", "["): "--op [: expected a regular expression", ("--op", "no_such_op"): "no benchmark has these", ("--cache", "warm"): "--cache",
                           ("--threads", "0"): "--threads", ("--no_such_option",): "--no_such_option"}.items():
            self.assertIn(text, self.ops(*args, code=2).stderr)
        self.assertIn("no_such_model", self.ops("--model", "no_such_model", code=3).stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
