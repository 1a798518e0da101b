#!/usr/bin/python3
# Tests the choice of kernels by hand: layers tune, --kernels, layers time --all-kernels.
# SPDX-License-Identifier: MIT
"""Usage: test_kernels.py BUILD_DIR"""
import json
import unittest

import tiny_models
from test_cli import DEVICE, DONE, MODEL, SOME_FAILED, USAGE, ProgramTest

DEEP = "deeppose.safetensors"


class Kernels(ProgramTest):
    def setUp(self):
        super().setUp()
        tiny_models.write_deep_pose(self.models)
        self.file = self.dir / "tuned.json"

    def tune(self, model=DEEP, *args):
        run = self.layers("tune", "--out", self.file, "--reps", 2, *args, model=model)
        self.assertEqual(run.returncode, DONE, run.stderr)
        return json.loads(self.file.read_text())

    def tune_or_skip(self):
        tuned = self.tune()
        if tuned["nets"][0]["target"] == "ref":
            self.skipTest("this CPU runs the reference kernels only: there is nothing to choose")
        return tuned

    def maps_node(self, tuned):
        return next(n for n in tuned["nets"][0]["nodes"] if n["name"] == "maps")

    def kernel_of(self, layer, *args):
        run = self.layers("list", *args, model=DEEP)
        self.assertEqual(run.returncode, DONE, run.stderr)
        return next(line.split()[-1] for line in run.stdout.split("\n") if line.startswith(layer + " "))

    def dump(self, *args):
        x, f = self.pictures / "a.png", self.dir / "f.safetensors"
        run = self.layers("dump", "--input", x, "--out", f, "--fused", *args, model=DEEP)
        self.assertEqual(run.returncode, DONE, run.stderr)
        return f.read_bytes()

    def test_tune_writes_what_it_measured(self):
        tuned = self.tune_or_skip()
        self.assertEqual([n["title"] for n in tuned["nets"]], ["deeppose"])
        self.assertEqual(tuned["nets"][0]["input"], [3, 64, 48])
        self.assertEqual(tuned["nets"][0]["threads"], 1)
        node = self.maps_node(tuned)
        self.assertGreaterEqual(len(node["ms"]), 3) # on AVX2; AVX-512 has more
        self.assertIn(node["kernel"], node["ms"])
        self.assertLessEqual(node["ms"][node["kernel"]], 1.04 * min(node["ms"].values()) + 1e-4) # rounded when written
        self.assertTrue(all(0 < ms < 1000 for ms in node["ms"].values()))

    def test_chosen_kernels_are_used(self):
        tuned = self.tune_or_skip()
        node = self.maps_node(tuned)
        default, bits = self.kernel_of("maps"), self.dump()
        seen = set()
        for kernel in node["ms"]:
            node["kernel"] = kernel
            self.file.write_text(json.dumps(tuned))
            self.assertEqual(self.kernel_of("maps", "--kernels", self.file), kernel)
            forced = self.dump("--kernels", self.file)
            self.assertEqual(forced, self.dump("--kernels", self.file, "--threads", 3))
            if kernel == default:
                self.assertEqual(forced, bits)
            seen.add(forced)
        self.assertGreater(len(seen), 1) # F(4), F(5) and the plain product round differently

    def test_one_file_serves_several_nets(self):
        self.tune()
        self.expect_error(self.pose("--indir", self.pictures, "--kernels", self.file, pose=DEEP), MODEL, self.file, "tiny with input 3x64x64")
        tuned = self.tune(model="tiny.cfg")
        self.assertEqual([n["title"] for n in tuned["nets"]], ["deeppose", "tiny"])
        self.assertEqual(len(self.tune()["nets"]), 2)
        self.assertEqual(self.pose("--indir", self.pictures, "--kernels", self.file, pose=DEEP).returncode, DONE)
        self.expect_error(self.layers("list", "--kernels", self.file, "--target", "ref", model=DEEP), MODEL, self.file, "for ref")

    def test_other_sizes_have_separate_entries(self):
        self.tune(model="tiny.cfg")
        self.assertEqual([n["input"] for n in self.tune("tiny.cfg", "--inp_dim", 96)["nets"]], [[3, 64, 64], [3, 96, 96]])

    def test_wrong_choices(self):
        tuned = self.tune_or_skip()
        for name, kernel, words in [("maps", "fast", ["maps", "avx2_gemm", "found fast"]), ("maps", "avx2_depthwise", ["found avx2_depthwise"]),
                                    ("mops", "avx2_gemm", ["mops", "deeppose"]), ("data", "ref", ["data"])]:
            tuned["nets"][0]["nodes"] = [{"name": name, "kernel": kernel, "ms": {}}]
            self.file.write_text(json.dumps(tuned))
            self.expect_error(self.layers("list", "--kernels", self.file, model=DEEP), MODEL, self.file, *words)

    def test_damaged_files(self):
        self.tune()
        whole = self.file.read_text()
        for text in ["", "{", whole[:-3], whole.replace('"format"', '"formed"'), whole.replace('"threads": 1', '"threads": "one"'), whole + "x", "null"]:
            self.file.write_text(text)
            self.expect_error(self.layers("list", "--kernels", self.file, model=DEEP), MODEL, self.file)
            self.expect_error(self.layers("tune", "--out", self.file, model=DEEP), MODEL, self.file)
            self.assertEqual(self.file.read_text(), text)

    def times(self, *args, model=DEEP, **kwargs):
        run = self.layers("time", "--reps", 2, "--threads", 1, "--json", self.file, *args, model=model, **kwargs)
        self.assertEqual(run.returncode, DONE, run.stderr)
        return json.loads(self.file.read_text()), run.stdout

    def test_times_as_json(self):
        times, text = self.times("--batch", 2)
        self.assertEqual((times["format"], times["kind"], times["title"], times["input"], times["batch"], times["threads"], times["reps"], times["device"]),
                         (1, "layers time", "deeppose", [3, 64, 48], 2, 1, 2, "cpu"))
        self.assertIn(f"peak of {times['peak_gflops']:.1f} GFLOP/s", text)
        for gbps in (times["bandwidth_gbps"]["read"], times["bandwidth_gbps"]["triad"]):
            self.assertTrue(0.01 < gbps < 1e4)
        first, maps = times["layers"]
        self.assertEqual((first["name"], first["op"], first["shape"], first["inputs"]), ("first", "conv2d", [2, 32, 16, 12], ["data"]))
        self.assertEqual((maps["shape"], maps["inputs"], maps["macs"]), ([2, 17, 16, 12], ["first"], 2 * 17 * 16 * 12 * 32 * 9))
        self.assertGreaterEqual(maps["bytes"], 4 * (2 * (17 + 32) * 16 * 12 + 17 * 32 * 9))
        for layer in times["layers"]:
            [kernel] = layer["kernels"]
            self.assertTrue(kernel["chosen"])
            self.assertIn(kernel["kernel"], text)
            gflops = 2e-6 * layer["macs"] / kernel["ms"]
            self.assertLess(abs(kernel["gflops"] / gflops - 1), 1e-6)
            self.assertLess(abs(kernel["peak_percent"] / (100 * gflops / times["peak_gflops"]) - 1), 1e-6)
            self.assertLess(abs(kernel["gbps"] / (1e-6 * layer["bytes"] / kernel["ms"]) - 1), 1e-6)
        self.assertGreaterEqual(times["best_run_ms"], 0.99 * sum(l["kernels"][0]["ms"] for l in times["layers"]))
        self.assertEqual(self.times("--peak", 1234.5)[0]["peak_gflops"], 1234.5)

    def test_times_of_all_kernels_as_json(self):
        times, text = self.times("--all-kernels")
        self.assertIsNone(times["best_run_ms"])
        self.assertEqual([l["name"] for l in times["layers"]], ["first", "maps"])
        for layer in times["layers"]:
            [chosen] = [k["kernel"] for k in layer["kernels"] if k["chosen"]]
            self.assertIn(f"*{chosen} ", text)
            self.assertTrue(all(f"{k['kernel']} {k['ms']:.3f}" in text for k in layer["kernels"]))

    def test_times_of_a_device_as_json(self):
        run = self.layers("time", "--device", "emulated", "--reps", 1, "--json", self.file, model=DEEP)
        if run.returncode == DEVICE:
            self.skipTest(run.stderr.strip())
        times = json.loads(self.file.read_text())
        self.assertEqual((times["device"], times["precision"], times["target"], times["peak_gflops"], times["bandwidth_gbps"]), ("emulated", "fp32", None, None, None))
        self.assertEqual([(l["name"], l["kernels"][0]["peak_percent"]) for l in times["layers"]], [("first", None), ("maps", None)])
        run = self.layers("time", "--device", "emulated", "--reps", 1, "--peak", 50, "--json", self.file, model=DEEP)
        maps = json.loads(self.file.read_text())["layers"][1]["kernels"][0]
        self.assertLess(abs(maps["peak_percent"] - 2 * maps["gflops"]), 1e-6)
        self.assertIn("of a peak of 50.0 GFLOP/s (emulated, fp32)", run.stdout)

    def test_trace(self):
        for args in ([], ["--device", "emulated"]):
            run = self.layers("time", "--reps", 3, "--trace", self.file, *args, model=DEEP)
            if run.returncode == DEVICE:
                self.skipTest(run.stderr.strip())
            self.assertEqual(run.returncode, DONE, run.stderr)
            trace = json.loads(self.file.read_text())
            names = {e["name"]: e["args"]["name"] for e in trace["traceEvents"] if e["ph"] == "M"}
            self.assertEqual(names["process_name"], "deeppose, batch 1")
            slices = [e for e in trace["traceEvents"] if e["ph"] == "X"]
            self.assertEqual([(e["name"], e["cat"], e["args"]["shape"]) for e in slices], [("first", "conv2d", "1x32x16x12"), ("maps", "conv2d", "1x17x16x12")])
            self.assertTrue(0 <= slices[0]["ts"] and slices[0]["ts"] + slices[0]["dur"] <= slices[1]["ts"] + 1e-3)
            for e, macs in zip(slices, (32 * 16 * 12 * 48, 17 * 16 * 12 * 32 * 9), strict=True):
                self.assertIn(e["args"]["kernel"], run.stdout)
                self.assertLess(abs(e["args"]["GFLOP/s"] / (2e-3 * macs / e["dur"]) - 1), 1e-6)
            self.assertGreaterEqual(1.001e3 * trace["otherData"]["best_run_ms"], slices[1]["ts"] + slices[1]["dur"] if not args else 0)

    def test_unwritable_files_of_times(self):
        none = self.dir / "none" / "f.json"
        for args in (["--json", none], ["--trace", none], ["--all-kernels", "--json", none]):
            run = self.layers("time", *args, model=DEEP)
            self.expect_error(run, SOME_FAILED, "f.json")
            self.assertEqual(run.stdout, "") # refused before the long work
        self.expect_error(self.layers("time", "--all-kernels", "--trace", self.file, model=DEEP), USAGE, "--trace")
        self.expect_error(self.layers("time", "--peak", 0, model=DEEP), USAGE, "--peak")
        self.assertFalse(self.file.exists())

    def test_usage(self):
        self.expect_error(self.layers("list", "--kernels", self.dir / "none.json"), USAGE, "none.json")
        self.tune()
        self.expect_error(self.layers("list", "--all", "--kernels", self.file, model=DEEP), USAGE, str(self.file), "after folding and fusing")
        self.expect_error(self.layers("tune", "--out", self.file, "--kernels", self.file, model=DEEP), USAGE, "--kernels")
        self.expect_error(self.layers("tune", "--out", self.dir / "none" / "f.json", model=DEEP), SOME_FAILED, "f.json")

    def test_all_times_and_the_choice_are_shown(self):
        tuned = self.tune()
        for args in [[], ["--kernels", self.file]]:
            run = self.layers("time", "--all-kernels", "--reps", 2, "--threads", 1, *args, model=DEEP)
            self.assertEqual(run.returncode, DONE, run.stderr)
            lines = run.stdout.strip().split("\n")
            self.assertEqual(len(lines), 4)
            for line in lines[1:3]:
                self.assertEqual(line.count(" *"), 1)
                self.assertIn("*" + self.kernel_of(line.split()[0], *args) + " ", line)
            for node in tuned["nets"][0]["nodes"]:
                self.assertTrue(all(kernel in run.stdout for kernel in node["ms"]))
            self.assertIn("chosen", lines[3])
            self.assertIn("best of each", lines[3])


if __name__ == "__main__":
    unittest.main(verbosity=1)
