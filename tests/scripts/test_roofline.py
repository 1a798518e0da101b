#!/usr/bin/env python3
# Tests scripts/roofline.py on a saved run: the content of the drawing, and refused input.
# SPDX-License-Identifier: MIT
import converter_case  # first: finds scripts/
import copy
import json
import os
import unittest
import xml.etree.ElementTree as xml

import roofline

SAVED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data", "times_yolov3-tiny.json")


class Roofline(converter_case.Case):
    def setUp(self):
        super().setUp()
        with open(SAVED, encoding="utf-8") as file:
            self.times = json.load(file)

    def write(self, times):
        path = self.path("times.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write(times if isinstance(times, str) else json.dumps(times))
        return path

    def draw(self, times, *args):
        """Returns the SVG's texts."""
        out = self.path("out.svg")
        self.assertEqual(self.script(roofline, self.write(times), "--out", out, *args), (0, ""))
        return [e.text for e in xml.parse(out).iter("{http://www.w3.org/2000/svg}text")]

    def refuse(self, times, code, *words, args=()):
        found, text = self.script(roofline, self.write(times), "--out", self.path("out.svg"), *args)
        self.assertEqual(found, code, text)
        for word in words:
            self.assertIn(word, text)
        if code == 3:
            self.assertEqual(text.count("\n"), 1, text)
        self.assertFalse(os.path.exists(self.path("out.svg")))


@unittest.skipUnless(converter_case.has("matplotlib"), "matplotlib is missing")
class Drawing(Roofline):
    def test_roofs_kernels_and_layers_are_named(self):
        texts = self.draw(self.times)
        self.assertIn("yolov3-tiny: avx2, 1 threads, batch 1, 5 layers (1 that multiply nothing are left out)", texts)
        self.assertTrue(any(t.startswith(f"peak {self.times['peak_gflops']:.0f} GFLOP/s") for t in texts))
        for name in ("read", "triad"):
            self.assertIn(f"{name} {self.times['bandwidth_gbps'][name]:.1f} GB/s", texts)
        kernels = [(k["kernel"], k["chosen"]) for layer in self.times["layers"] if layer["macs"] for k in layer["kernels"]]
        for kernel in {k for k, _ in kernels}:
            self.assertIn(f"{kernel}, {kernels.count((kernel, True))} of {[k for k, _ in kernels].count(kernel)} chosen", texts)
        longest = max((k["ms"], layer["name"]) for layer in self.times["layers"] for k in layer["kernels"] if k["chosen"])
        self.assertIn(f"{longest[1]} {longest[0]:.3g} ms", texts)

    def test_the_same_file_each_time(self):
        files = []
        for _ in range(2):
            self.draw(self.times)
            with open(self.path("out.svg"), "rb") as file:
                files.append(file.read())
        self.assertEqual(files[0], files[1])

    def test_points_are_at_their_coordinates(self):
        """Checks that a kernel of half the time is drawn a factor of two higher."""
        times = copy.deepcopy(self.times)
        for path, at in (("yolo.12", 0), ("yolo.12", 1)):
            layer = next(l for l in times["layers"] if l["name"] == path)
            layer["kernels"][at]["ms"] = (8.0, 4.0)[at]
        args = self.arguments()
        points = {(p[0], p[1]): p for p in roofline.points_of(times, args)[0]}
        layer = next(l for l in times["layers"] if l["name"] == "yolo.12")
        slow, fast = (points["yolo.12", k["kernel"]] for k in layer["kernels"][:2])
        self.assertAlmostEqual(fast[3] / slow[3], 2)
        self.assertAlmostEqual(slow[3], 2e-6 * layer["macs"] / 8)
        self.assertAlmostEqual(slow[2], 2 * layer["macs"] / layer["bytes"])

    def arguments(self, **changes):
        return type("Args", (), {"times": SAVED, "op": None, "layer": None, "peak": None, "bandwidth": None} | changes)

    def test_choosing(self):
        self.assertIn("yolov3-tiny: avx2, 1 threads, batch 1, 2 layers", self.draw(self.times, "--layer", "yolo.(12|13)$", "--op", "conv"))

    def test_a_device_with_given_roofs(self):
        times = self.times | {"device": "a GPU", "target": None, "precision": "fp16", "peak_gflops": None, "bandwidth_gbps": None}
        self.refuse(times, 3, "--peak", "peak_gflops: expected a number above 0, found None")
        self.refuse(times, 3, "--bandwidth", "bandwidth_gbps: expected an object", args=["--peak", "1"])
        texts = self.draw(times, "--peak", "60000", "--bandwidth", "3350")
        self.assertIn("yolov3-tiny: a GPU, fp16, batch 1, 5 layers (1 that multiply nothing are left out)", texts)
        self.assertIn("bandwidth 3350.0 GB/s", texts)
        self.assertIn("peak 60000 GFLOP/s", texts)

    def test_names_with_special_characters(self):
        self.times["layers"][0]["name"] = "$a_b^{c$ & <d>"
        self.times["layers"][0]["kernels"][0]["ms"] = 1000.0
        self.assertIn("$a_b^{c$ & <d> 1e+03 ms", self.draw(self.times))

    def test_png(self):
        out = self.path("out.png")
        self.assertEqual(self.script(roofline, SAVED, "--out", out), (0, ""))
        with open(out, "rb") as file:
            self.assertEqual(file.read(4), b"\x89PNG")


class Refusals(Roofline):
    def test_files(self):
        for text in ("", "{", "[]", "null", "[" * 100000, json.dumps(self.times | {"kind": "layers diff"}), json.dumps(self.times | {"format": 2})):
            self.refuse(text, 3, "times.json")
        code, text = self.script(roofline, self.path("none.json"), "--out", self.path("out.svg"))
        self.assertEqual((code, text), (3, f"{os.path.basename(roofline.__file__)}: {self.path('none.json')}: No such file or directory\n"))

    def test_fields(self):
        for key in ("name", "op", "macs", "bytes", "kernels"):
            for wrong in (None, {}, -1, "1" if key not in ("name", "op") else 1, True):
                times = copy.deepcopy(self.times)
                times["layers"][2][key] = wrong
                self.refuse(times, 3, f"layers[2]: {key}: expected")
        for key in ("kernel", "ms", "chosen"):
            for wrong in (None, [], 0, "1" if key != "kernel" else 1, float("nan")):
                times = copy.deepcopy(self.times)
                times["layers"][2]["kernels"][1][key] = wrong
                self.refuse(times, 3, f"layers[2]: kernels[1]: {key}: expected")
        self.refuse(self.times | {"layers": []}, 3, "layers that multiply, found none")
        self.refuse(self.times, 3, "match --op and --layer, found none", args=["--op", "softmax"])

    def test_usage(self):
        for args in (["--peak", "0"], ["--peak", "x"], ["--bandwidth", "nan"], ["--op", "("], ["--out", "f.txt"]):
            self.refuse(self.times, 2, args[0], args=args)


if __name__ == "__main__":
    converter_case.main()
