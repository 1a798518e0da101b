#!/usr/bin/python3
# Tests `layers diff` by its command line: results, written files, and one clear line for every kind of bad input.
# SPDX-License-Identifier: MIT
"""Usage: test_diff.py BUILD_DIR"""
import base64
import io
import json
import math
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile

import tiny_models

BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
DONE, DIFFERS, USAGE, DEVICE = 0, 1, 2, 4
ITEMS = {"F32": "f", "F64": "d", "F16": "e", "I64": "q", "U8": "B"}


def dump(tensors, metadata=None):
    """Writes a safetensors file; tensors: name -> (dtype, shape, values)."""
    header, data = {"__metadata__": metadata} if metadata else {}, b""
    for name, (dtype, shape, values) in tensors.items():
        raw = struct.pack(f"<{len(values)}{ITEMS[dtype]}", *values)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def npz(tensors, method=zipfile.ZIP_STORED):
    """Writes an npz file; tensors: name -> (shape, values)."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, (shape, values) in tensors.items():
            archive.writestr(name + ".npy", tiny_models.npy(shape, values))
    return file.getvalue()


class DiffTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="pose-diff-")
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)

    def layers(self, *args):
        return subprocess.run([str(BUILD / "apps" / "layers"), *map(str, args)], capture_output=True, text=True, timeout=300, check=False)

    def diff(self, *args, expect=DONE):
        run = self.layers("diff", *args)
        self.assertEqual(run.returncode, expect, run.stdout + run.stderr)
        return run.stdout

    def report(self, *args, expect=DONE):
        path = self.dir / "report.json"
        self.diff(*args, "--json", path, expect=expect)
        return json.loads(path.read_text())

    def expect_error(self, code, *args, words):
        run = self.layers("diff", *args)
        self.assertEqual(run.returncode, code, run.stdout + run.stderr)
        self.assertEqual(len(run.stderr.strip().split("\n")), 1, run.stderr)
        for word in words:
            self.assertIn(str(word), run.stderr)

    def write(self, name, data):
        path = self.dir / name
        path.write_bytes(data)
        return path


class Dumps(DiffTest):
    VALUES = {"a": ([1, 2, 2, 3], [float(i) for i in range(12)]), "b": ([1, 4, 3], [0.5 - i for i in range(12)]), "c": ([2], [1.0, -1.0])}

    def pair(self, changes=None):
        """Writes two dumps: the values, and the same with some replaced: (layer, index) -> value."""
        other = {name: (shape, list(values)) for name, (shape, values) in self.VALUES.items()}
        for (layer, index), value in (changes or {}).items():
            other[layer][1][index] = value
        return self.write("ours.safetensors", tiny_models.safetensors(other, {"model": "net"})), self.write("theirs.npz", npz(self.VALUES))

    def test_equal_dumps_of_all_formats(self):
        ours, theirs = self.pair()
        deflated = self.write("deflated.npz", npz(self.VALUES, zipfile.ZIP_DEFLATED))
        for a, b in ((ours, theirs), (theirs, ours), (deflated, ours), (theirs, deflated), (ours, ours)):
            self.assertIn("3 layers agree", self.diff(a, b))

    def test_the_first_bad_layer_is_marked(self):
        ours, theirs = self.pair({("b", 7): -6.4, ("c", 1): 7.0})
        lines = self.diff(ours, theirs, expect=DIFFERS).splitlines()
        self.assertTrue(lines[1].startswith("   a "), lines)
        self.assertTrue(lines[2].startswith("-> b "), lines)
        self.assertTrue(lines[3].startswith(" * c "), lines)
        self.assertIn("first bad layer: b (ours -6.4", lines[-1])
        self.assertIn("2 of 3 layers", lines[-1])
        lines = self.diff(ours, theirs, "--fail-fast", expect=DIFFERS).splitlines()
        self.assertEqual(len(lines), 4)
        self.assertIn("3 layers agree", self.diff(ours, theirs, "--tolerance", "0,8"))
        self.assertIn("1 layers agree", self.diff(ours, theirs, "--only", "^a$"))

    def test_the_report(self):
        ours, theirs = self.pair({("a", 7): 9.0, ("b", 3): float("nan"), ("c", 0): float("-inf")})
        report = self.report(ours, theirs, expect=DIFFERS)
        self.assertEqual((report["format"], report["kind"], report["first_bad"]), (1, "layers diff", "a"))
        self.assertEqual(report["ours"], {"title": "net", "source": str(ours), "metadata": {"model": "net"}})
        self.assertEqual(report["tolerance"], {"kind": "torch", "rtol": 1.3e-6, "atol": 1e-5})
        self.assertEqual((report["teacher_forced"], report["oracle"]), (False, False))
        a, b, c = report["layers"]
        self.assertEqual((a["index"], a["name"], a["op"], a["kernel"], a["inputs"], a["shape"]), (0, "a", "", "", [], [1, 2, 2, 3]))
        self.assertEqual((a["ok"], a["own"], a["oracle"]), (False, None, None))
        total = a["total"]
        self.assertEqual(total["worst_at"]["index"], [0, 1, 0, 1])
        self.assertEqual((total["worst_at"]["ours"], total["worst_at"]["reference"], total["count"]), (9, 7, 12))
        self.assertAlmostEqual(total["worst_at"]["bound"], 1e-5 + 7 * 1.3e-6)
        self.assertAlmostEqual(total["worst"], 2 / total["worst_at"]["bound"])
        self.assertEqual((total["max_abs"], total["ulp"]["q50"], total["nan"], total["inf"]), (2, 0, [0, 0], [0, 0]))
        self.assertAlmostEqual(total["max_rel"], 2 / 7)
        self.assertAlmostEqual(total["rel_l2"], 2 / math.sqrt(sum(i * i for i in range(12))))
        self.assertEqual(sum(total["ulp_histogram"]), 12)
        picture = a["picture"]
        self.assertEqual({k: picture[k] for k in ("n", "channel", "w", "h", "low", "high", "error_high")},
                         {"n": 0, "channel": 1, "w": 3, "h": 2, "low": 6, "high": 11, "error_high": 2})
        self.assertEqual(list(base64.b64decode(picture["reference"])), [0, 51, 102, 153, 204, 255])
        self.assertEqual(list(base64.b64decode(picture["ours"])), [0, 153, 102, 153, 204, 255])
        self.assertEqual(list(base64.b64decode(picture["error"])), [0, 255, 0, 0, 0, 0])
        self.assertEqual((b["total"]["worst"], b["total"]["max_abs"], b["total"]["ulp"]["max"], b["total"]["nan"]), ("nan", "nan", "inf", [1, 0]))
        self.assertEqual((c["total"]["max_abs"], c["total"]["worst_at"]["ours"], c["total"]["inf"], c["picture"]), ("inf", "-inf", [1, 0], None))

    def test_the_page(self):
        ours, theirs = self.pair({("b", 3): float("nan")})
        page, later = self.dir / "page.html", self.dir / "later.html"
        self.report(ours, theirs, "--html", page, expect=DIFFERS)
        self.assertEqual(self.layers("report", self.dir / "report.json", "--out", later).returncode, DONE)
        self.assertEqual(page.read_text(), later.read_text())
        self.expect_error(DIFFERS, ours, theirs, "--html", "/dev/full", words=["/dev/full"])

    def test_one_sided_nan_and_far_negatives_fail_at_any_tolerance(self):
        for index, value in ((3, float("nan")), (3, float("inf")), (3, -1e30)):
            ours, theirs = self.pair({("a", index): value})
            for pair in ((ours, theirs), (theirs, ours)):
                self.diff(*pair, "--tolerance", "0.5,1000", expect=DIFFERS)
        both = {"a": ("F32", [2], [float("nan"), float("inf")])}
        self.diff(self.write("x.safetensors", dump(both)), self.write("y.safetensors", dump(both)), "--tolerance", "0,0")

    def test_other_types_are_converted(self):
        ours = self.write("ours.safetensors", dump({"a": ("F32", [4], [0.5, -2, 3, 100])}))
        for dtype in ("F64", "F16", "F32"):
            self.diff(ours, self.write("b.safetensors", dump({"a": (dtype, [4], [0.5, -2, 3, 100])})), "--tolerance", "0,0")
        self.diff(ours, self.write("b.safetensors", dump({"a": ("I64", [4], [1, -2, 3, 100])})), expect=DIFFERS)

    def test_missing_layers(self):
        ours = self.write("a.safetensors", dump({"x": ("F32", [1], [1]), "left": ("F32", [1], [1])}))
        theirs = self.write("b.safetensors", dump({"x": ("F32", [1], [1]), "right": ("F32", [1], [1])}))
        text = self.diff(ours, theirs)
        self.assertIn("only in ours: left\nonly in the reference: right\n1 layers agree", text)
        self.diff(ours, theirs, "--strict", expect=DIFFERS)
        report = self.report(ours, theirs)
        self.assertEqual((report["only_ours"], report["only_reference"], report["first_bad"]), (["left"], ["right"], None))
        self.diff(ours, theirs, "--strict", "--only", "x")

    def test_graphs_in_metadata(self):
        graph = json.dumps([{"name": "x", "op": "input", "inputs": []}, {"name": "y", "op": "conv2d", "inputs": ["x"]}])
        tensors = {"x": ("F32", [1], [1]), "y": ("F32", [1], [2])}
        plain, known = self.write("a.safetensors", dump(tensors)), self.write("b.safetensors", dump(tensors, {"layers": graph}))
        for pair in ((plain, known), (known, plain)):
            y = self.report(*pair)["layers"][1]
            self.assertEqual((y["op"], y["inputs"]), ("conv2d", ["x"]))
        deep = '[{"name": "x", "op": ' + "[" * 1_000_000 + "]" * 1_000_000 + "}]"
        for text in ("[", deep, "{}3", '{"a": 1}', '[{"name": "x"}]', '[{"name": "x", "op": 1, "inputs": []}]', '[{"name": "x", "op": "a", "inputs": "b"}]'):
            self.expect_error(DIFFERS, plain, self.write("c.safetensors", dump(tensors, {"layers": text})), words=["c.safetensors", "layers"])

    def test_bad_files(self):
        ours, theirs = self.pair()
        whole, archive = ours.read_bytes(), theirs.read_bytes()
        bad = self.dir / "bad.safetensors"
        for data in (b"", whole[:5], whole[:-1], whole[:40], whole + b"x", b"\xff" * 8 + whole[8:], whole.replace(b'"F32"', b'"F31"', 1),
                     whole.replace(b'"F32"', b'"F8_E4M3"', 1)):
            bad.write_bytes(data)
            self.expect_error(DIFFERS, bad, theirs, words=["bad.safetensors"])
            self.expect_error(DIFFERS, theirs, bad, words=["bad.safetensors"])
        bad = self.dir / "bad.npz"
        for data in (b"", archive[:-1], archive[:100], archive[1:], archive.replace(b"\x93NUMPY", b"\x93NUMPX", 1), archive.replace(b"<f4", b">f4", 1)):
            bad.write_bytes(data)
            self.expect_error(DIFFERS, bad, ours, words=["bad.npz"])
        self.expect_error(DIFFERS, ours, self.dir / "none.npz", words=["none.npz", "No such file"])
        self.expect_error(DIFFERS, ours, self.dir, words=["expected a file, found a directory"])

    def test_dumps_of_different_nets(self):
        ours, theirs = self.pair()
        for shape, values in (([1, 2, 3, 2], 12), ([2, 2, 3], 12), ([12], 12), ([1, 2, 2, 4], 16)):
            other = self.write("other.safetensors", dump({"a": ("F32", shape, [0.0] * values)}))
            self.expect_error(DIFFERS, ours, other, words=["other.safetensors: a: expected shape [1, 2, 2, 3]", f"found [{', '.join(map(str, shape))}]"])
        other = self.write("other.safetensors", dump({"z": ("F32", [1], [0.0])}))
        self.expect_error(DIFFERS, ours, other, words=["expected layers of the same names", "found none of its 3"])
        self.expect_error(DIFFERS, other, self.write("empty.safetensors", dump({})), words=["found none of its 1"])
        self.expect_error(USAGE, ours, theirs, "--only", "^z", words=["--only ^z: expected to match a layer that both sides have"])

    def test_usage(self):
        ours, theirs = self.pair()
        for args, words in (([], ["expected two dumps", "found 0"]), ([ours], ["found 1"]), ([ours, theirs, "--teacher-forced"], ["--teacher-forced: expected --model"]),
                            ([ours, theirs, "--threads", 2], ["--threads: expected --model"]), (["--model", "x"], ["--against"]),
                            ([ours, "--model", "x", "--against", theirs], ["no other dumps"]), ([ours, theirs, "--only", "("], ["--only ("])):
            self.expect_error(USAGE, *args, words=words)
        for text in ("", "x", "1e-3", "1,", ",1", "1,2,3", "-1,0", "nan,0", "0,inf", "Torch"):
            self.expect_error(USAGE, ours, theirs, f"--tolerance={text}", words=["tolerance"])
        self.expect_error(DIFFERS, ours, theirs, "--json", "/dev/full", words=["/dev/full"])


class Nets(DiffTest):
    def setUp(self):
        super().setUp()
        tiny_models.write_deep_pose(self.dir)
        self.model = self.dir / "deeppose.safetensors"
        self.x = self.write("x.npy", tiny_models.npy([2, 3, 64, 48], [i % 7 / 7 for i in range(2 * 3 * 64 * 48)]))
        self.reference = self.dump("reference.safetensors", "--input", self.x, "--target", "ref")

    def dump(self, name, *args):
        path = self.dir / name
        run = self.layers("dump", "--model", self.model, "--out", path, *args)
        self.assertEqual(run.returncode, DONE, run.stderr)
        return path

    def against(self, reference, *args):
        return ["--model", self.model, "--against", reference, *args]

    def test_a_net_with_its_dump(self):
        for options in ([], ["--input", self.x], ["--teacher-forced"], ["--oracle"], ["--fused"], ["--tolerance", "bound"], ["--tolerance", "bound", "--oracle"],
                        ["--threads", 3], ["--target", "ref", "--tolerance", "0,0"]):
            with self.subTest(options):
                report = self.report(*self.against(self.reference, *options))
                self.assertEqual([layer["name"] for layer in report["layers"]], ["data", "first", "maps"])
                self.assertEqual((report["layers"][1]["op"], report["layers"][1]["inputs"]), ("conv2d", ["data"]))
                self.assertNotEqual(report["layers"][1]["kernel"], "")
                forced = "--teacher-forced" in options or "--oracle" in options
                self.assertEqual((report["teacher_forced"], report["layers"][2]["own"] is not None), (forced, forced))
                self.assertEqual(report["layers"][2]["oracle"] is not None, "--oracle" in options)
                self.assertEqual(report["ours"]["metadata"]["input_hash"], report["reference"]["metadata"]["input_hash"])

    def test_another_input_is_a_difference_that_layers_inherit(self):
        y = self.write("y.npy", tiny_models.npy([2, 3, 64, 48], [i % 5 / 5 for i in range(2 * 3 * 64 * 48)]))
        report = self.report(*self.against(self.reference, "--input", y), expect=DIFFERS)
        self.assertEqual([layer["ok"] for layer in report["layers"]], [False, False, False])
        report = self.report(*self.against(self.reference, "--input", y, "--teacher-forced"), expect=DIFFERS)
        self.assertEqual([layer["ok"] for layer in report["layers"]], [False, True, True])
        report = self.report(*self.against(self.reference, "--input", y, "--fail-fast"), expect=DIFFERS)
        self.assertEqual([layer["name"] for layer in report["layers"]], ["data"])

    def test_stages_before_the_net(self):
        picture = self.write("p.png", tiny_models.png(70, 90))
        reference = self.dump("p.safetensors", "--input", picture)
        report = self.report(*self.against(reference, "--input", picture))
        self.assertEqual([(layer["name"], layer["shape"]) for layer in report["layers"][:3]],
                         [("pre/picture", [1, 3, 90, 70]), ("pre/crop", [1, 3, 64, 48]), ("data", [1, 3, 64, 48])])
        self.assertIsNone(report["first_bad"])
        other = self.write("q.png", tiny_models.png(70, 90, 2))
        self.assertEqual(self.report(*self.against(reference, "--input", other), expect=DIFFERS)["first_bad"], "pre/picture")
        only = self.dump("only.npz", "--input", picture, "--only", "^pre/")
        self.assertIn("2 layers agree", self.diff(only, reference))

    def test_references_without_some_layers(self):
        partial = self.dump("partial.safetensors", "--input", self.x, "--only", "maps|data")
        report = self.report(*self.against(partial, "--teacher-forced"))
        self.assertEqual((report["only_ours"], [layer["name"] for layer in report["layers"]]), (["first"], ["data", "maps"]))
        last = self.dump("last.safetensors", "--input", self.x, "--only", "maps")
        self.expect_error(USAGE, *self.against(last), words=["--input: expected one, or a tensor data in", "last.safetensors"])
        self.diff(*self.against(last, "--input", self.x, "--teacher-forced"))

    def test_references_that_do_not_fit(self):
        for shape in ([1, 3, 64, 49], [3, 64, 48], [], [0, 3, 64, 48], [5000, 3, 1, 1]):
            count = math.prod(shape)
            bad = self.write("bad.safetensors", dump({"data": ("F32", shape, [0.0] * count)}))
            self.expect_error(DIFFERS, *self.against(bad), words=["bad.safetensors: data: expected shape", "of deeppose"])
        bad = self.write("bad.safetensors", dump({"maps": ("F32", [2, 17, 16], [0.0] * 544)}))
        self.expect_error(DIFFERS, *self.against(bad, "--input", self.x), words=["maps: expected shape [2, 17, 16, 12]", "found [2, 17, 16]"])
        self.expect_error(DIFFERS, *self.against(self.reference, "--input", self.dir / "none.npy"), words=["none.npy"])
        self.expect_error(DIFFERS, *self.against(self.dir / "none.npz"), words=["none.npz"])

    def test_on_a_device(self):
        run = self.layers("diff", *self.against(self.reference, "--device", "emulated"))
        if run.returncode == DEVICE and "this build has the CUDA backend" in run.stderr:
            self.skipTest(run.stderr.strip())
        self.assertEqual(run.returncode, DONE, run.stdout + run.stderr)
        for options in (["--teacher-forced"], ["--oracle"], ["--teacher-forced", "--tolerance", "bound"]):
            self.diff(*self.against(self.reference, "--device", "emulated", *options))
        report = self.report(*self.against(self.reference, "--device", "emulated", "--precision", "fp16", "--teacher-forced"), expect=DIFFERS)
        self.assertEqual(report["first_bad"], "first")
        self.assertEqual(report["ours"]["metadata"]["target"], "emulated, fp16")


if __name__ == "__main__":
    unittest.main(verbosity=1)
