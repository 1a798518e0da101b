#!/usr/bin/python3
# Plants bugs of every kind into one layer: `layers diff --teacher-forced` must find this layer and no other.
# SPDX-License-Identifier: MIT
"""Usage: test_planted_bugs.py BUILD_DIR"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import every_op
import planted_bugs
import tiny_models

BUILD = pathlib.Path(sys.argv.pop(1)).resolve()


class PlantedBugs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="pose-bugs-")
        cls.addClassCleanup(folder.cleanup)
        cls.dir = pathlib.Path(folder.name)
        h, w = every_op.write(cls.dir)
        cls.good, cls.reference = cls.dir / "every_op.safetensors", cls.dir / "reference.safetensors"
        x = cls.dir / "x.npy"
        x.write_bytes(tiny_models.npy([1, 3, h, w], [((i * 7919) % 1009 - 504) / 504 for i in range(3 * h * w)]))
        cls.layers("dump", "--model", cls.good, "--input", x, "--out", cls.reference, "--target", "ref", expect=0)

    @classmethod
    def layers(cls, verb, *args, expect):
        run = subprocess.run([str(BUILD / "apps" / "layers"), verb, *map(str, args)], capture_output=True, text=True, timeout=300, check=False)
        if run.returncode != expect:
            raise AssertionError(f"{verb}: expected exit code {expect}, found {run.returncode}: {run.stdout}{run.stderr}")
        return run.stdout

    def diff(self, model, reference, *args, expect):
        report = self.dir / "report.json"
        text = self.layers("diff", "--model", model, "--against", reference, "--teacher-forced", "--json", report, *args, expect=expect)
        return json.loads(report.read_text()), text

    def bad_layers(self, report):
        return [layer["name"] for layer in report["layers"] if not layer["ok"]]

    def test_no_bug(self):
        for options in ([], ["--tolerance", "bound"], ["--oracle"], ["--fused", "--tolerance", "bound"]):
            report, text = self.diff(self.good, self.reference, *options, expect=0)
            self.assertIsNone(report["first_bad"])
            self.assertIn("layers agree", text)

    def test_bugs_in_the_net(self):
        found = {}
        for kind, (layer, change) in planted_bugs.IN_THE_NET.items():
            net = planted_bugs.Net(self.good)
            change(net)
            bad = self.dir / "bad.safetensors"
            net.save(bad)
            report, text = self.diff(bad, self.reference, expect=1)
            found[kind] = report["first_bad"] == layer and self.bad_layers(report) == [layer] and f"first bad layer: {layer} (" in text
            with self.subTest(kind):
                self.assertEqual(self.bad_layers(report), [layer])
                self.assertEqual(report["first_bad"], layer)
                self.assertIn(f"first bad layer: {layer} (", text)
        print(f"planted in the net: {len(found)}, found: {sum(found.values())}")

    def test_bugs_in_the_reference(self):
        found = {}
        for kind, (layer, change) in planted_bugs.IN_THE_REFERENCE.items():
            metadata, tensors = planted_bugs.read(self.reference)
            change(tensors[layer][1])
            bad = self.dir / "bad_reference.safetensors"
            planted_bugs.write(bad, metadata, tensors)
            report, _ = self.diff(self.good, bad, expect=1)
            found[kind] = self.bad_layers(report) == [layer]
            with self.subTest(kind):
                self.assertEqual(self.bad_layers(report), [layer])
                self.assertEqual(report["first_bad"], layer)
        print(f"planted in the reference: {len(found)}, found: {sum(found.values())}")

    def test_inherited_errors_are_distinguished(self):
        net = planted_bugs.Net(self.good)
        planted_bugs.IN_THE_NET["one wrong bias"][1](net)
        bad = self.dir / "bad.safetensors"
        net.save(bad)
        report, _ = self.diff(bad, self.reference, expect=1)
        totals = [layer["name"] for layer in report["layers"] if not layer["total"]["ok"]]
        self.assertEqual(totals[0], "grouped")
        self.assertIn("boxes", totals)
        self.assertGreater(len(totals), 10)

    def test_the_oracle_shows_which_side_is_right(self):
        metadata, tensors = planted_bugs.read(self.reference)
        planted_bugs.IN_THE_REFERENCE["a far negative"][1](tensors["boxes"][1])
        bad = self.dir / "bad_reference.safetensors"
        planted_bugs.write(bad, metadata, tensors)
        report, _ = self.diff(self.good, bad, "--oracle", expect=1)
        by_name = {layer["name"]: layer for layer in report["layers"]}
        self.assertEqual(by_name["boxes"]["oracle"]["closer"], "ours")
        self.assertEqual(by_name["wide"]["oracle"]["closer"], "reference")  # computed by the reference implementation
        self.assertEqual(by_name["up"]["oracle"]["closer"], "equal")


if __name__ == "__main__":
    unittest.main(verbosity=1)
