# Tests convert_onnx.py on networks that PyTorch exports: every value of ours equals that of ONNX Runtime; heads are decoded as their papers say.
# SPDX-License-Identifier: MIT
"""Needs POSE_LAYERS=path of the program `layers` and the packages torch, onnx and onnxruntime.  With torchvision or timm, some of their networks, too."""

import inspect
import json
import os
import subprocess
import sys
import unittest
import warnings

sys.dont_write_bytecode = True  # next to the scripts
from converter_case import Case, has, main  # before numpy: see there

import numpy as np

import convert_onnx
from lib import safetensors_file

LAYERS = os.environ.get("POSE_LAYERS")
READY = LAYERS is not None and has("torch", "onnx", "onnxruntime")


def tensor_of(value, array):
    """Returns the tensor in ONNX's shape of a value whose map is array [n, c, h, w]."""
    axes = [axis for side in value.sides for axis in side]
    array = array.reshape([array.shape[0], *(axis.size for axis in axes)])
    order = [0 if axis.batch else 1 + axes.index(axis) for axis in value.axes]
    if 0 not in order:
        array, order = array[0], [i - 1 for i in order]
    return array.transpose(order).reshape(value.shape)


@unittest.skipUnless(READY, "needs POSE_LAYERS and the packages torch, onnx and onnxruntime")
class NetworksTest(Case):
    def setUp(self):
        super().setUp()
        import torch

        torch.manual_seed(1)
        warnings.simplefilter("ignore")

    def export(self, module, shape, opset=17, **options):
        """Writes in.onnx and returns its path.  Batch norms get statistics that keep the values near 1."""
        import torch

        for layer in module.modules():
            if isinstance(layer, torch.nn.BatchNorm2d):
                layer.weight.data.uniform_(0.8, 1.2)
                layer.bias.data.uniform_(-0.2, 0.2)
                layer.running_mean.uniform_(-0.2, 0.2)
                layer.running_var.uniform_(0.5, 1)
        if "dynamo" in inspect.signature(torch.onnx.export).parameters:  # PyTorch 2.5 and later
            options.setdefault("dynamo", False)
        torch.onnx.export(module.eval(), torch.zeros(shape), self.path("in.onnx"), opset_version=opset, **options)
        return self.path("in.onnx")

    def ours(self, x):
        """Returns name -> value of every node of the converted network."""
        np.save(self.path("x.npy"), x)
        args = ["dump", "--model", self.path("out.safetensors"), "--input", self.path("x.npy"), "--out", self.path("y.npz")]
        result = subprocess.run([LAYERS, *args], capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        with np.load(self.path("y.npz")) as arrays:
            return dict(arrays)

    def theirs(self, path, x, names=()):
        """Returns name -> value of outputs and of the values of these names, without optimization."""
        import onnx
        import onnxruntime

        proto = onnx.load(path)
        known = {output.name for output in proto.graph.output}
        proto.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names if name not in known)
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
        return dict(zip((output.name for output in session.get_outputs()), session.run(None, {session.get_inputs()[0].name: x})))

    def check(self, path, shape, least, *args, bound=2e-4):
        """Converts and compares every value.  least: number of values that must have been compared"""
        from lib import onnx_model, onnx_ops

        x = np.random.default_rng(3).standard_normal(shape).astype(np.float32)
        self.convert(convert_onnx, path, self.path("out.safetensors"), *args)
        model = onnx_model.Model(path, convert_onnx.sizes(args[args.index("--shape") + 1]) if "--shape" in args else None)
        model.convert(onnx_ops.CONVERTERS)
        produced = [name for node in model.proto.graph.node for name in node.output]
        names = [name for name in produced if name in model.values]
        want, got = self.theirs(path, x, names), self.ours(x)
        compared = 0
        for name in names:
            value = model.values[name]
            if value.node in got and not any(value.pad) and value.array is None:
                ours = tensor_of(value, got[value.node])
                difference = np.abs(ours.astype(np.float64) - want[name]).max() if ours.shape == want[name].shape else np.inf
                scale = np.abs(want[name]).max()
                self.assertLessEqual(difference, bound * max(scale, 1e-3), f"{name} ({value.node}): {difference} of {scale}")
                compared += 1
        self.assertGreaterEqual(compared, least)
        print(f"{os.path.basename(path)} {type(self).__name__}.{self._testMethodName}: {compared} of {len(names)} values equal")
        return x, want, got

    def test_transformer(self):
        from onnx_nets import Transformer

        for opset in (11, 17):  # with layer norms in parts and as one op
            with self.subTest(opset):
                self.check(self.export(Transformer(), (1, 3, 32, 32), opset), (1, 3, 32, 32), 40)

    def test_dynamic_shape(self):
        from onnx_nets import Mixed

        axes = {"x": {0: "batch", 2: "height", 3: "width"}}
        path = self.export(Mixed(), (1, 3, 30, 42), 13, input_names=["x"], dynamic_axes=axes)
        self.expect_refused(convert_onnx, path, words="--shape")
        self.check(path, (1, 3, 38, 26), 20, "--shape", "1,3,38,26")

    def test_ops(self):
        from onnx_nets import Mixed

        for opset in (11, 14, 17):
            with self.subTest(opset):
                self.check(self.export(Mixed(), (1, 3, 30, 42), opset), (1, 3, 30, 42), 20)

    def test_rtmpose(self):
        from onnx_nets import RtmPose

        shape = (1, 3, 256, 192)
        path = self.export(RtmPose(), shape, 16, dynamic_axes={"x": {0: "batch"}}, input_names=["x"], output_names=["simcc_x", "simcc_y"])
        self.check(path, shape, 100)
        self.convert(convert_onnx, path, self.path("out.safetensors"), "--preset", "rtmpose")
        pose = json.loads(safetensors_file.read(self.path("out.safetensors"))[1]["graph"])["pose"]
        self.assertEqual((pose["joints"], pose["decode"]), (17, "simcc"))
        x = np.random.default_rng(4).standard_normal((2, 3, 256, 192)).astype(np.float32)
        want, got = self.theirs(path, x), self.ours(x)
        columns, rows = want["simcc_x"], want["simcc_y"]
        score = np.minimum(columns.max(2), rows.max(2))
        expected = np.where(score > 0, [columns.argmax(2) / 2, rows.argmax(2) / 2], 0)
        keypoints = got["keypoints"]  # [n, 17, 1, 3]
        self.assertEqual(keypoints.shape, (2, 17, 1, 3))
        clear = np.minimum(*(np.diff(np.sort(v, axis=2)[..., -2:])[..., 0] for v in (columns, rows))) > 1e-4  # no second bin as good
        self.assertGreater(clear.sum(), 20)
        for i in (0, 1):
            self.assertTrue((keypoints[:, :, 0, i] == expected[i])[clear].all())
        self.assertLess(np.abs(keypoints[:, :, 0, 2] - score).max(), 1e-3)

    def test_larger_sizes(self):
        from onnx_nets import RtmPose, Yolox

        for module, shape in ((RtmPose("s"), (1, 3, 256, 192)), (RtmPose("m"), (1, 3, 256, 192)), (Yolox("tiny"), (1, 3, 96, 96))):
            self.check(self.export(module, shape, 13), shape, 100)

    def decoded(self, out, sizes, side):
        """Decodes rows (x, y, width, height, ...) of YOLOX in NumPy."""
        rows, first = out.astype(np.float64), 0
        for size in sizes:
            stride, cells = side / size, np.arange(size * size)
            part = rows[:, first : first + size * size]
            part[..., 0] = (part[..., 0] + cells % size) * stride
            part[..., 1] = (part[..., 1] + cells // size) * stride
            part[..., 2:4] = np.exp(part[..., 2:4]) * stride
            first += size * size
        return rows

    def test_yolox(self):
        from onnx_nets import Yolox

        net, shape = Yolox(), (1, 3, 96, 96)
        path = self.export(net, shape, 11, output_names=["output"])
        self.check(path, shape, 150)
        self.convert(convert_onnx, path, self.path("out.safetensors"), "--preset", "yolox")
        x = np.random.default_rng(5).random(shape).astype(np.float32)
        bgr = np.ascontiguousarray(x[:, ::-1]) * 255
        want = self.decoded(self.theirs(path, bgr)["output"], (12, 6, 3), 96)
        got = np.concatenate([self.ours(x)[f"boxes{i}"].reshape(-1, 85) for i in range(3)])
        self.assertLess(np.abs(got - want[0]).max(), 0.02)

        net.decode = True
        path = self.export(net, shape, 11, output_names=["output"])
        self.check(path, shape, 150)
        self.convert(convert_onnx, path, self.path("out.safetensors"), "--preset", "yolox")
        want = self.theirs(path, bgr)["output"]
        self.assertLess(np.abs(self.ours(x)["boxes"].reshape(-1, 85) - want[0]).max(), 0.02)

    def test_rtmdet(self):
        from onnx_nets import RtmDet

        shape = (1, 3, 64, 64)
        path = self.export(RtmDet(), shape, 17, output_names=["c8", "c16", "d8", "d16"])
        self.convert(convert_onnx, path, self.path("out.safetensors"), "--preset", "rtmdet")
        x = np.random.default_rng(6).random(shape).astype(np.float32)
        mean, std = (np.array(v).reshape(3, 1, 1) for v in ((103.53, 116.28, 123.675), (57.375, 57.12, 58.395)))
        want, got = self.theirs(path, ((x[:, ::-1] * 255 - mean) / std).astype(np.float32)), self.ours(x)
        for i, stride in enumerate((8, 16)):
            scores, edges = 1 / (1 + np.exp(-want[f"c{stride}"][0])), want[f"d{stride}"][0]
            ys, xs = np.mgrid[0 : 64 // stride, 0 : 64 // stride] * stride
            left, top, right, bottom = edges
            rows = [xs + (right - left) / 2, ys + (bottom - top) / 2, left + right, top + bottom, scores.max(0), *scores]
            self.assertLess(np.abs(got[f"boxes{i}"].reshape(-1, 8) - np.stack(rows, -1).reshape(-1, 8)).max(), 0.01)

    def test_exports_of_dynamo(self):
        """What torch.onnx.export writes by default since PyTorch 2.9: opset 18 or later, the numbers in another file."""
        import torch

        if "dynamo" not in inspect.signature(torch.onnx.export).parameters or not has("onnxscript"):
            self.skipTest("needs PyTorch 2.5 or later and the package onnxscript")
        from onnx_nets import Mixed, Transformer

        for module, shape in ((Transformer(), (1, 3, 32, 32)), (Mixed(), (1, 3, 30, 42))):
            with self.subTest(type(module).__name__):
                path = self.export(module, shape, 20, dynamo=True, external_data=True)
                self.assertTrue(os.path.exists(path + ".data"))
                self.check(path, shape, 20)

    def test_torchvision(self):
        if not has("torchvision"):
            self.skipTest("no package torchvision")
        from torchvision import models

        for name in ("mobilenet_v3_small", "shufflenet_v2_x0_5", "efficientnet_b0", "convnext_tiny", "resnet18", "swin_t"):
            with self.subTest(name):
                self.check(self.export(getattr(models, name)(weights=None), (1, 3, 64, 64)), (1, 3, 64, 64), 40)

    def test_timm(self):
        if not has("timm"):
            self.skipTest("no package timm")
        import timm

        for name, size in (("vit_tiny_patch16_224", 224), ("mobilenetv3_small_050", 64), ("repvit_m0_9", 64), ("ghostnet_050", 64)):
            with self.subTest(name):
                self.check(self.export(timm.create_model(name), (1, 3, size, size)), (1, 3, size, size), 40)


if __name__ == "__main__":
    main()
