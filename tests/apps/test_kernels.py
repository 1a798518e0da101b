#!/usr/bin/python3
# Kernels by hand from outside: layers tune, --kernels, layers time --all-kernels.
# SPDX-License-Identifier: MIT
"""Usage: test_kernels.py BUILD_DIR"""
import json
import unittest

import tiny_models
from test_cli import DONE, MODEL, SOME_FAILED, USAGE, ProgramTest

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
        self.assertGreaterEqual(len(node["ms"]), 4)
        self.assertIn(node["kernel"], node["ms"])
        self.assertLessEqual(node["ms"][node["kernel"]], 1.04 * min(node["ms"].values()) + 1e-4) # rounded when written
        self.assertTrue(all(0 < ms < 1000 for ms in node["ms"].values()))

    def test_kernels_are_obeyed(self):
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
        self.assertGreater(len(seen), 1) # F(4), F(6) and the plain product round differently

    def test_one_file_serves_several_nets(self):
        self.tune()
        self.expect_error(self.pose("--indir", self.pictures, "--kernels", self.file, pose=DEEP), MODEL, self.file, "tiny with input 3x64x64")
        tuned = self.tune(model="tiny.cfg")
        self.assertEqual([n["title"] for n in tuned["nets"]], ["deeppose", "tiny"])
        self.assertEqual(len(self.tune()["nets"]), 2)
        self.assertEqual(self.pose("--indir", self.pictures, "--kernels", self.file, pose=DEEP).returncode, DONE)
        self.expect_error(self.layers("list", "--kernels", self.file, "--target", "ref", model=DEEP), MODEL, self.file, "for ref")

    def test_other_sizes_have_entries_of_their_own(self):
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

    def test_usage(self):
        self.expect_error(self.layers("list", "--kernels", self.dir / "none.json"), USAGE, "none.json")
        self.tune()
        self.expect_error(self.layers("list", "--all", "--kernels", self.file, model=DEEP), USAGE, "--kernels")
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
