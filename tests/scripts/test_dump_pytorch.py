# Tests dump_pytorch.py: names and values of modules and of ONNX nodes, memory, refused input.
# SPDX-License-Identifier: MIT

import os
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True  # next to the scripts
from converter_case import PROJECT, has, main  # before numpy: see there

import numpy as np

import dump_pytorch
from dump_case import DumpCase, relative
from lib import safetensors_file

MODULES = '''
import torch
from torch import nn

class Many(nn.Module):
    """A ReLU that is called twice, in place, and results that are not tensors."""

    def __init__(self, channels=2):
        super().__init__()
        self.conv, self.relu, self.last = nn.Conv2d(3, channels, 1), nn.ReLU(inplace=True), Last()

    def forward(self, x):
        return self.last(self.relu(self.relu(self.conv(x)) - 0.5))

class Last(nn.Module):
    def forward(self, x):
        return {"best": x.max(1), "pair": (x.half(), None, [x.sum()])}

class Deep(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.layers = nn.Sequential(*(nn.Tanh() for _ in range(layers)))

    def forward(self, x):
        return self.layers(x)

def number():
    return 7
'''


@unittest.skipUnless(has("torch"), "no package torch")
class ModuleTest(DumpCase):
    def many(self, *args):
        return self.dump("--model", self.write("many.py", MODULES) + ":Many", "--input", "seed:1", "--shape", "2,3,4,5", *args)

    def test_names_and_values(self):
        dumped, metadata = self.many("--args", '{"channels": 4}')
        names = ["input", "conv", "relu", "relu#2", "last.best.0", "last.pair.0", "last.pair.2.0"]
        self.assertEqual(list(dumped), names + ["output" + name[4:] for name in names[4:]])
        conv, first, second = (dumped[name] for name in names[1:4])
        self.assertLess(conv.min(), 0)  # it was written before the ReLU changed it in place
        self.assertTrue(np.array_equal(first, np.maximum(conv, 0)))
        self.assertTrue(np.array_equal(second, np.maximum(first - np.float32(0.5), 0)))
        self.assertTrue(np.array_equal(dumped["last.best.0"], second.max(1)))
        self.assertEqual(dumped["last.pair.0"].tolist(), second.astype(np.float16).astype(np.float32).tolist())
        self.assertEqual(dumped["last.pair.2.0"].shape, ())
        self.assertEqual((conv.shape, metadata["dtype"], metadata["tf32"], metadata["threads"]), ((2, 4, 4, 5), "float32", "off", "1"))
        for key in ("torch", "numpy", "python", "input_sha256", "command"):
            self.assertTrue(metadata[key], key)

    def test_integers_are_skipped_and_reported(self):
        self.many()
        _, text = self.script(dump_pytorch, "--model", self.path("many.py:Many"), "--input", "seed:1", "--shape", "1,3,2,2", "--out", self.path("o.safetensors"))
        self.assertEqual(text.splitlines()[0], "last.best.1: skipped: it has no floating-point numbers")

    def test_only(self):
        dumped, _ = self.many("--only", "^relu|put$")
        self.assertEqual(list(dumped), ["input", "relu", "relu#2"])

    def test_repeatable_and_in_double(self):
        single, double = self.many()[0], self.many("--dtype", "float64")[0]
        self.assertTrue(all(np.array_equal(value, again) for value, again in zip(single.values(), self.many()[0].values())))
        self.assertLess(relative(single["conv"], double["conv"]), 1e-6)

    def test_weights_of_a_file(self):
        tensors = {"conv.weight": np.ones((2, 3, 1, 1)), "conv.bias": np.array([1, 2])}
        safetensors_file.write(self.path("w.safetensors"), tensors)
        dumped, _ = self.many("--weights", self.path("w.safetensors"))
        self.assertLess(relative(dumped["conv"][:, 1], dumped["input"].sum(1) + 2), 1e-6)
        safetensors_file.write(self.path("w.safetensors"), tensors | {"extra": np.ones(1)})
        model = ("--model", self.path("many.py:Many"), "--input", "seed:1", "--shape", "1,3,2,2", "--weights", self.path("w.safetensors"))
        self.expect_error("extra", *model)

    def test_memory_does_not_grow_with_layers(self):
        """Dumps 64 layers of 4 MB: 256 MB in the file, of which memory holds a few layers at a time."""
        self.write("deep.py", MODULES)
        program = "import sys; sys.path.insert(0, sys.argv.pop(1)); import dump_pytorch as d; d.run(d.main)\n"
        program += "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"

        def peak(layers):
            options = ["--model", self.path("deep.py:Deep"), "--args", f"[{layers}]", "--input", "seed:1", "--shape", "1,1,1024,1024"]
            command = [sys.executable, "-c", program, os.path.join(PROJECT, "scripts"), *options, "--out", self.path("deep.safetensors")]
            return 1024 * int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

        few, many = peak(4), peak(64)
        self.assertGreater(os.path.getsize(self.path("deep.safetensors")), 65 << 22)
        self.assertLess(many - few, 64 << 20)


@unittest.skipUnless(has("torch"), "no package torch")
class RefusalTest(DumpCase):
    def test_models(self):
        file = self.write("many.py", MODULES)
        sized = ("--input", "seed:1", "--shape", "1,3,4,4")
        self.expect_error("nothing", "--model", file + ":nothing", *sized)
        self.expect_error("nn.Module, found 7", "--model", file + ":number", *sized)
        self.expect_error("unexpected keyword", "--model", file + ":Many", "--args", '{"a": 1}', *sized)
        self.expect_error("No module named", "--model", "no_such_package.x:f", *sized)
        self.expect_error("no such.py", "--model", "no such.py:f", *sized)
        self.expect_error("module:factory", "--model", "yolov9", *sized)
        self.expect_error("[1, 4, 4, 4]", "--model", file + ":Many", "--input", "seed:1", "--shape", "1,4,4,4")
        self.expect_error("--shape", "--model", file + ":Many", "--input", "seed:1")
        self.expect_error("match 'nothing'", "--model", file + ":Many", *sized, "--only", "nothing")

    def test_inputs(self):
        net = ("--model", "yolov3-tiny@random", "--inp_dim", "64", "--input")
        np.save(self.path("x.npy"), np.zeros((1, 3, 32, 64), np.float32))
        self.expect_error("expected shape [n, 3, 64, 64], found [1, 3, 32, 64]", *net, self.path("x.npy"))
        self.expect_error("No such file", *net, self.path("y.npy"))
        self.expect_error("array of numbers", *net, self.write("bad.npy", "no array"))
        np.save(self.path("x.npy"), np.array(["text"]))
        self.expect_error("array of numbers", *net, self.path("x.npy"))
        safetensors_file.write(self.path("x.safetensors"), {"a": np.zeros(1)})
        self.expect_error("named 'input'", *net, self.path("x.safetensors"))

    def test_cfgs(self):
        head = "[net]\nwidth=32\nheight=32\nchannels=3\n"
        for text, words in (
            ("", "expected [net]"),
            (head, "layers after it"),
            (head + "[lstm]\n", ":5: [lstm] expected a section"),
            (head + "[convolutional]\nfilters=x\n", ":5: [convolutional] expected numbers after filters, found 'x'"),
            (head + "[convolutional]\n", "one number after filters"),
            (head + "[convolutional]\nfilters=3\ndilation=2\n", "expected dilation=1"),
            (head + "[convolutional]\nfilters=3\ngroups=2\n", "in_channels must be divisible"),
            (head + "[convolutional]\nfilters=3\nactivation=gelu\n", "'gelu'"),
            (head + "[route]\nlayers=-1\n", "earlier layers"),
            (head + "[yolo]\nmask=3\nanchors=1,2\n", "a mask"),
            ("no section\n", ":1: expected a section"),
        ):
            with self.subTest(text):
                cfg = self.write("net.cfg", text)
                self.expect_error(words, "--model", cfg, "--input", "seed:1")

    def test_darknet_weights(self):
        cfg = self.write("net.cfg", "[net]\nwidth=32\nheight=32\nchannels=3\n[convolutional]\nfilters=2\nactivation=linear\n")
        self.expect_error("net.weights: expected a file of weights", "--model", cfg, "--input", "seed:1")
        numbers = np.arange(8, dtype="<f4")
        for header, count in ((np.array([0, 2, 0, 0, 0], "<i4"), 8), (np.array([0, 1, 0, 0], "<i4"), 8), (np.array([0, 2, 0, 0, 0], "<i4"), 7)):
            with open(self.path("net.weights"), "wb") as file:
                file.write(header.tobytes() + numbers[:count].tobytes())
            if count < 8:
                self.expect_error("expected 32 bytes of weights after the header, found 28", "--model", cfg, "--input", "seed:1")
                continue
            dumped, _ = self.dump("--model", cfg, "--input", "seed:1")
            want = np.einsum("oc,nchw->nohw", numbers[2:].reshape(2, 3), dumped["input"]) + numbers[:2, None, None]
            self.assertLess(relative(dumped["yolo.0"], want), 1e-6)


@unittest.skipUnless(has("onnx", "onnxruntime"), "no packages onnx and onnxruntime")
class OnnxTest(DumpCase):
    def test_every_node(self):
        from onnx import helper
        from onnx_cases import batch_norm, model, node, weights

        nodes = [node("a = Conv x w", kernel_shape=[3, 3]), node("n = BatchNormalization a g b m v"), node("r = Relu n"), node("s t = Split r", axis=1),
                 node("i = Shape s"), node("y = Add s t")]
        nodes[0].name = "first"
        proto = model(nodes, {**weights(w=(6, 8, 3, 3)), **batch_norm(6)})
        with open(self.path("net.onnx"), "wb") as file:
            file.write(proto.SerializeToString())
        dumped, metadata = self.dump("--onnx", self.path("net.onnx"), "--input", "seed:1")
        self.assertEqual(list(dumped), ["x", "first", "n", "r", "s", "t", "y"])  # a shape is not a floating-point number
        self.assertTrue(np.array_equal(dumped["r"], np.maximum(dumped["n"], 0)))
        self.assertTrue(np.array_equal(dumped["y"], dumped["r"][:, :3] + dumped["r"][:, 3:]))
        self.assertIn("onnxruntime", metadata)
        proto.graph.node.append(helper.make_node("Add", ["y", "nothing"], ["z"]))
        with open(self.path("bad.onnx"), "wb") as file:
            file.write(proto.SerializeToString())
        self.expect_error("(Add)", "--onnx", self.path("bad.onnx"), "--input", "seed:1")
        self.expect_error("expected an ONNX model", "--onnx", self.write("text.onnx", "text"), "--input", "seed:1")


if __name__ == "__main__":
    main()
