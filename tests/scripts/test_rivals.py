# Tests bench/rivals.py without any baseline: folding, decoding, exports, rounds, arithmetic and tables.
# SPDX-License-Identifier: MIT

import json
import os
import sys
import unittest

sys.dont_write_bytecode = True  # next to the scripts
from converter_case import PROJECT, Case, has, main  # before numpy: see there

import numpy as np

sys.path.insert(0, os.path.join(PROJECT, "bench"))
from lib import graph, net_file, safetensors_file
from lib.problem import Problem
from rivals import cases, ncnn_export, report, rounds, tables, venv

LEAKY = graph.act("leaky", 0.1)


def conv_fields(in_c, out_c, kernel=1, stride=1, bias=False):
    fields = {"in_c": in_c, "out_c": out_c, **graph.window((kernel, kernel), (stride, stride), (kernel // 2,) * 4), "groups": 1, "bias": bias}
    return fields | {"act": graph.act(), "residual": False, "post": graph.act()}


HEAD = {"anchors": 2, "classes": 1, "anchor_w": [10.0, 30.0], "anchor_h": [20.0, 5.0], "scale_x_y": 1.2, "net_w": 64, "net_h": 96, "kind": "yolo",
        "side": 0, "squared": False}


class NetCase(Case):
    def write_detector(self):
        """Returns a net of conv, batch norm, leaky, a copy, a pool with zeros outside, a sum, a convolution with bias, and a head."""
        rng = np.random.default_rng(5)
        g = graph.Graph("small", "test")
        x = g.add("data", "input", [], [], {"shape": {"n": 1, "h": 6, "w": 4, "c": 3}})
        norm = [rng.random(4) + 0.5, rng.standard_normal(4), rng.standard_normal(4), rng.random(4) + 0.5]
        y = g.add("conv", "conv2d", [x], [("conv.w", rng.standard_normal((4, 3, 3, 3)))], conv_fields(3, 4, 3))
        y = g.add("bn", "batch_norm", [y], list(zip("abcd", norm)), {"c": 4, "eps": 1e-2, "act": graph.act()})
        y = g.add("leaky", "activation", [y], [], {"act": LEAKY})
        y = g.add("route", "concat", [y], [], {})
        pool = g.add("pool", "max_pool", [y], [], {**graph.window((3, 3), (1, 1), (1,) * 4), "outside": "zero"})
        y = g.add("sum", "add", [y, pool], [], {"act": graph.act()})
        last = [("w", rng.standard_normal((12, 4, 1, 1))), ("bias", rng.standard_normal(12))]
        y = g.add("last", "conv2d", [y], last, conv_fields(4, 12, bias=True))
        g.write(self.path("net.safetensors"), [g.add("head", "yolo_head", [y], [], HEAD)])
        return self.path("net.safetensors")


class NetFileTest(NetCase):
    def test_copies_and_heads_are_removed(self):
        net = net_file.prepared(self.write_detector(), fused=False)
        self.assertEqual([node["name"] for node in net.nodes], ["data", "conv", "bn", "leaky", "pool", "sum", "last"])
        self.assertEqual(net.nodes[-2]["inputs"], ["leaky", "pool"])
        self.assertEqual((net.outputs, net.heads["last"]["name"]), (["last"], "head"))

    def test_folding(self):
        plain, net = (net_file.prepared(self.write_detector(), fused) for fused in (False, True))
        self.assertEqual([node["name"] for node in net.nodes], ["data", "conv", "pool", "sum", "last"])
        self.assertEqual(net.nodes[1]["act"]["kind"], "leaky")
        self.assertEqual(sorted(net.tensors), ["bias", "conv.folded.bias", "conv.folded.weight", "w"])
        x = np.random.default_rng(6).standard_normal(27).reshape(3, 3, 3)  # the input of one output pixel
        gamma, beta, mean, var = plain.params(plain.nodes[2])
        want = gamma * ((plain.params(plain.nodes[1])[0] * x).sum((1, 2, 3)) - mean) / np.sqrt(var + 1e-2) + beta
        weight, bias = net.params(net.nodes[1])
        np.testing.assert_allclose((weight * x).sum((1, 2, 3)) + bias, want, rtol=1e-5, atol=1e-5)

    def test_no_folding_into_values_with_other_readers(self):
        net = net_file.without_heads(net_file.without_copies(net_file.load(self.write_detector())))
        net.nodes[-2]["inputs"] = ["conv", "pool"]
        self.assertIn("batch_norm", [node["op"] for node in net_file.fold(net).nodes])
        net.nodes[-2]["inputs"] = ["bn", "pool"]
        self.assertIn("activation", [node["op"] for node in net_file.fuse_activations(net_file.fold(net)).nodes])

    def test_saved_and_loaded(self):
        net = net_file.prepared(self.write_detector())
        net_file.save(net, self.path("again"))
        again = net_file.prepared(self.path("again"))
        self.assertEqual((again.nodes, again.outputs, again.heads), (net.nodes, net.outputs, net.heads))

    def test_decode(self):
        raw = np.random.default_rng(7).standard_normal((2, 12, 3, 2)).astype(np.float32)
        rows = net_file.decode(HEAD, raw)
        self.assertEqual(rows.shape, (2, 12, 6))
        n, y, x, a = 1, 2, 1, 1
        t = raw[n, 6 * a : 6 * a + 6, y, x].astype(np.float64)
        s = 1 / (1 + np.exp(-t))
        want = [(1.2 * s[0] - 0.1 + x) * 64 / 2, (1.2 * s[1] - 0.1 + y) * 96 / 3, np.exp(t[2]) * 30, np.exp(t[3]) * 5, s[4], s[5]]
        np.testing.assert_allclose(rows[n, (y * 2 + x) * 2 + a], want, rtol=1e-6)

    def test_difference(self):
        raw = np.random.default_rng(8).standard_normal((1, 12, 3, 2)).astype(np.float32)
        rows = net_file.decode(HEAD, raw)
        compare = lambda ours, theirs: cases.difference([ours], [theirs], {"last": HEAD}, ["last"])
        self.assertEqual(compare(rows, raw), 0)
        off = rows.copy()
        off[0, 3, 4] += 0.5 * rows[..., 4:].max()  # a probability, small compared with the boxes' pixels
        self.assertAlmostEqual(compare(off, raw), 0.5 * rows[..., 4:].max() / off[..., 4:].max(), places=5)
        self.assertEqual(compare(rows, raw * np.nan), float("inf"))
        self.assertEqual(compare(rows[:, 1:], raw), float("inf"))


class ExportTest(NetCase):
    def test_ncnn(self):
        net = net_file.prepared(self.write_detector())
        self.assertEqual(ncnn_export.write(net, self.path("n")), ("data", ["last"]))
        with open(self.path("n.param"), encoding="ascii") as file:
            magic, counts, *lines = file.read().splitlines()
        self.assertEqual((magic, counts), ("7767517", "7 8"))
        self.assertEqual([line.split()[0] for line in lines], ["Input", "Convolution", "Split", "Padding", "Pooling", "BinaryOp", "Convolution"])
        self.assertIn("9=2 -23310=1,0.1", lines[1])
        written = [name for line in lines for name in line.split()[4 + int(line.split()[2]) :][: int(line.split()[3])]]
        read = [name for line in lines for name in line.split()[4:][: int(line.split()[2])]]
        self.assertEqual(len(set(written)), 8)
        self.assertEqual(sorted(read), sorted(set(written) - {"last"}))
        self.assertEqual(os.path.getsize(self.path("n.bin")), 4 * (1 + 4 * 27 + 4 + 1 + 48 + 12))

    @unittest.skipUnless(has("onnx", "onnxruntime", "torch"), "needs onnx, onnxruntime and torch")
    def test_onnx_and_torch_compute_the_same(self):
        import onnxruntime
        import torch

        from lib import torch_net
        from rivals import onnx_export

        x = np.random.default_rng(9).standard_normal((2, 3, 6, 4)).astype(np.float32)
        plain, net = (net_file.prepared(self.write_detector(), fused) for fused in (False, True))
        onnx_export.write(net, 2, self.path("net.onnx"))
        (want,) = onnxruntime.InferenceSession(self.path("net.onnx"), providers=["CPUExecutionProvider"]).run(net.outputs, {"data": x})
        for form, version in ((torch.contiguous_format, net), (torch.channels_last, net), (torch.contiguous_format, plain)):
            with torch.no_grad():
                (got,) = torch_net.TorchNet(version, form)(torch.from_numpy(x.copy()))
            np.testing.assert_allclose(got.numpy(), want, rtol=1e-4, atol=1e-4)


class ReportTest(Case):
    def test_ratio(self):
        self.assertEqual(report.ratio([30, 20, 90], [10, 20, 30]), {"median": 1.5, "min": 1.0, "max": 3.0})
        self.assertEqual(report.ratio_text({"median": 1.5, "min": 1.0, "max": 3.0}), "**1.50** (1.00..3.00)")
        self.assertRaises(ValueError, report.ratio, [1], [1, 2])

    def test_table(self):
        self.assertEqual(report.table(["a", "b"], [[1, "x|y"]]), "| a | b |\n| --- | --- |\n| 1 | x\\|y |\n")

    def test_between_markers(self):
        text = "top\n<!-- a:begin -->\nold\n<!-- a:end -->\nbottom\n"
        with open(self.path("doc.md"), "w", encoding="utf-8") as file:
            file.write(text)
        report.write_between(self.path("doc.md"), "a", "new\n\n")
        with open(self.path("doc.md"), encoding="utf-8") as file:
            self.assertEqual(file.read(), text.replace("old", "new"))
        for bad in ("", text + text, "<!-- a:end --><!-- a:begin -->", text.replace("begin", "start")):
            self.assertRaises(Problem, report.between, bad, "a", "new", "doc.md")

    def test_the_document_has_the_places(self):
        with open(os.path.join(PROJECT, "docs", "performance.md"), encoding="utf-8") as file:
            text = file.read()
        for name in ("rivals", "rivals-avx2", "pipeline", "video"):
            report.between(text, name, "new", "docs/performance.md")

    def test_versions_are_pinned(self):
        self.assertTrue(all(requirement.count("==") == 1 for requirement in venv.requirements()))


class FakeComparison(rounds.Comparison):
    """Programs that take a given time; None: one that fails."""

    def __init__(self, folder, ms):
        super().__init__("", "fastpose", {"self": os.path.join(folder, "f"), "weight_bytes": 10**6}, 2, list(ms), None)
        self.ms, self.order = ms, []

    def run_ours(self, number):
        return self.run_engine(rounds.OURS, number)

    def run_engine(self, name, number):
        self.order.append(name)
        if self.ms[name] is None:
            raise rounds.Failure("no such | thing")
        times = [self.ms[name] + number, self.ms[name], 10**6]
        return {"version": "7", "times_ms": times, "load_ms": 1.0, "first_ms": 2.0, "peak_bytes": 9 * 10**6, "base_bytes": 10**6}

    def compare(self):
        self.series["torch"].difference = 0.1
        self.series["ncnn"].difference = 1e-6


class RoundsTest(Case):
    def fake(self):
        fake = FakeComparison(self.folder, {"ours": 100, "ncnn": 150, "torch": 50, "opencv": None})
        with unittest.mock.patch("sys.stderr"):
            for number in range(3):
                fake.play(number)
        return fake

    def test_order(self):
        order = self.fake().order  # a failed program is not run again
        self.assertEqual(order[:4], ["ours", "ncnn", "torch", "opencv"])
        self.assertEqual(order[4:], ["ncnn", "torch", "ours", "torch", "ours", "ncnn"])

    def test_series(self):
        series = self.fake().series["ncnn"]
        self.assertEqual(series.values["ms"], [150, 151, 152])
        self.assertEqual(series.values["first_ms"], [3.0] * 3)
        json.dumps(series.to_json())

    def test_tables(self):
        fake = self.fake()
        row = tables.row(fake, "ms")
        self.assertEqual(row[2:6], ["101", "151", "differs by 1.0e-01", "failed"])
        self.assertEqual(row[6], "**1.50** (1.49..1.50) ncnn")  # the faster one disagrees and does not count
        self.assertEqual(tables.row(fake, "memory")[2:4], ["7", "7"])
        text = tables.markdown([fake], {"machine": "m", "date": "d", "command": "c", "rounds": 3})
        self.assertIn("OpenCV DNN failed (fastpose 320 x 256, threads 2): `no such | thing`", text)
        self.assertIn("ncnn 7, PyTorch 7", text)

    def test_a_process_that_fails(self):
        with self.assertRaisesRegex(rounds.Failure, "^why$"):
            rounds.start([sys.executable, "-c", "import sys; sys.exit('because\\nwhy')"], {})
        with self.assertRaisesRegex(rounds.Failure, "^exit code 3$"):
            rounds.start([sys.executable, "-c", "raise SystemExit(3)"], {})
        self.assertEqual(rounds.start([sys.executable, "-c", "import os; print('noise'); print(os.environ['A'])"], {"A": "1"}), 1)

    def test_an_export_that_fails(self):
        files = {"errors": {}}
        cases.export(files, "onnx", lambda: __import__("no_such_package"))
        self.assertIn("no_such_package", files["errors"]["onnx"])
        comparison = rounds.Comparison("", "fastpose", files | {"self": "f"}, 1, ["onnxruntime"], None)
        with self.assertRaisesRegex(rounds.Failure, "no_such_package"):
            comparison.run_engine("onnxruntime", 0)


if __name__ == "__main__":
    main()
