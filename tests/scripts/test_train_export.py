# Tests scripts/train/export.py: the file computes PyTorch's results, in PyTorch and in our programs, and has its metadata; tensors of two bytes.
# SPDX-License-Identifier: MIT
"""$POSE_LAYERS: our program `layers`; without it the comparisons with ours are skipped."""

import json
import os
import pathlib
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True  # next to the scripts
from train_case import Case, main  # before numpy: see there

import numpy as np
import torch

import checkpoint
import export
import nano_net
from lib import net_file, problem, safetensors_file, torch_net

LAYERS = os.environ.get("POSE_LAYERS", "")


def trained_like(size, seed=0):
    """Returns a net whose batch norms and last layer differ from their initial values."""
    torch.manual_seed(seed)
    net = nano_net.NanoPose(size).eval()
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 2)
            module.weight.data.uniform_(0.5, 1.2)
            module.bias.data.normal_(0, 0.1)
    net.conv_out.weight.data.normal_(0, 0.05)
    net.conv_out.bias.data.normal_(0, 0.05)
    return net


class Export(Case):
    def exported(self, size, dtype):
        net = trained_like(size)
        path = self.path(f"{size}.safetensors")
        graph = export.to_net(net, size, nano_net.INPUT_H, nano_net.INPUT_W, nano_net.MEAN, nano_net.STD)
        net_file.save(graph, path, size, {"licence": "MIT"}, dtype)
        x = torch.randn(2, 3, nano_net.INPUT_H, nano_net.INPUT_W)
        with torch.no_grad():
            return path, x, net(x).numpy()

    def check(self, got, want, relative):
        self.assertEqual(got.shape, want.shape)
        self.assertLess(np.abs(got - want).max(), relative * np.abs(want).max())

    def ours(self, path, x):
        np.save(self.path("x.npy"), x.numpy())
        command = [LAYERS, "dump", "--model", path, "--input", self.path("x.npy"), "--out", self.path("ours.safetensors"), "--only", "conv_out", "--quiet", "--threads", "1"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        return safetensors_file.read(self.path("ours.safetensors"))[0]["conv_out"]

    def test_every_size_is_the_module(self):
        for size in nano_net.SIZES:
            path, x, want = self.exported(size, "F32")
            self.check(torch_net.TorchNet(net_file.load(path))(x)[0].numpy(), want, 1e-5)

    def test_rounded_weights(self):
        path, x, want = self.exported("pico", "F16")
        macs, numbers = nano_net.cost(nano_net.NanoPose("pico"))
        self.assertLess(abs(os.path.getsize(path) - 2 * numbers), 40_000)  # the graph's text
        got = torch_net.TorchNet(net_file.load(path))(x)[0].numpy()
        self.check(got, want, 1e-2)
        self.assertGreater(np.abs(got - want).max(), 0)
        self.assertGreater(macs, 5e7)

    @unittest.skipUnless(LAYERS, "no $POSE_LAYERS")
    def test_our_program_computes_the_same(self):
        for size, dtype in (("nano", "F32"), ("pico", "F16")):
            path, x, _ = self.exported(size, dtype)
            want = torch_net.TorchNet(net_file.load(path))(x)[0].numpy()  # with the weights of the file
            self.check(self.ours(path, x), want, 2e-5)

    def test_program(self):
        self.assertEqual(self.script(export, self.path("none.pt"), self.path("out.safetensors"))[0], 3)
        with open(self.path("bad.pt"), "wb") as file:
            file.write(b"no checkpoint")
        code, text = self.script(export, self.path("bad.pt"), self.path("out.safetensors"))
        self.assertEqual((code, text.count("\n")), (3, 1), text)
        net = trained_like("pico")
        state = {"size": "pico", "averaged": net.state_dict(), "net": {}, "step": 3, "samples": 96, "seconds": 1.0, "options": {}, "scores": {"pck_video": 0.5}}
        checkpoint.write(pathlib.Path(self.path("state.pt")), state | {"optimiser": {"state": {}, "param_groups": []}})
        self.convert(export, self.path("state.pt"), self.path("out.safetensors"))
        tensors, metadata = safetensors_file.read(self.path("out.safetensors"))
        self.assertEqual(json.loads(metadata["card"])["samples"], 96)
        self.assertEqual(metadata["licence"], "MIT")
        graph = json.loads(metadata["graph"])
        self.assertEqual(graph["pose"]["joints"], 17)
        self.assertEqual(graph["title"], "pose-pico")
        self.assertEqual(set(tensors), {name for node in graph["nodes"] for name in node["params"]})


class TwoBytes(Case):
    def test_written_and_read(self):
        values = np.array([0.1, -2.5, 65504, 2**-24, 0], np.float32)
        safetensors_file.write(self.path("h.safetensors"), {"a": values}, dtype="F16")
        got = safetensors_file.read(self.path("h.safetensors"))[0]["a"]
        self.assertEqual(got.dtype, np.float32)
        np.testing.assert_array_equal(got, values.astype(np.float16).astype(np.float32))
        with self.assertRaisesRegex(problem.Problem, "a: expected finite numbers that F16 can hold"):
            safetensors_file.write(self.path("x.safetensors"), {"a": np.float32([1e6])}, dtype="F16")
        self.assertFalse(os.path.exists(self.path("x.safetensors")))

    def test_upper_halves(self):
        header = b'{"a":{"dtype":"BF16","shape":[3],"data_offsets":[0,6]}}'
        data = np.array([0x3F80, 0xC020, 0x0001], "<u2").tobytes()
        with open(self.path("b.safetensors"), "wb") as file:
            file.write(len(header).to_bytes(8, "little") + header + data)
        np.testing.assert_array_equal(safetensors_file.read(self.path("b.safetensors"))[0]["a"], np.float32([1, -2.5, 2.0**-133]))


if __name__ == "__main__":
    main()
