# dump_pytorch.py: names and values of modules, what is refused, and whole networks against our own dumps and the recorded ones.
# SPDX-License-Identifier: MIT
"""$POSE_LAYERS: our program `layers`; without it the comparisons with ours are skipped.  $POSE_ORACLE_DIR: the recorded cases."""

import json
import os
import re
import subprocess
import sys
import unittest
import unittest.mock

sys.dont_write_bytecode = True  # next to the scripts
from converter_case import PROJECT, Case, has, main  # before numpy: see there

import numpy as np

import dump_pytorch
from lib import generated_weights, safetensors_file
from lib.problem import Problem

ORACLE = os.environ.get("POSE_ORACLE_DIR") or os.path.join(PROJECT, os.pardir, "shared", "oracle")
LAYERS = os.environ.get("POSE_LAYERS", "")

MODULES = '''
import torch
from torch import nn

class Many(nn.Module):
    """A ReLU that is called twice, in place, and results that are no tensors."""

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

# Every section that there is; layer 9 adds two layers at once, 11 takes parts of two.
SECTIONS = """[net]
width=32
height=64
channels=3
[convolutional]
batch_normalize=1
filters=8
size=3
pad=1
activation=leaky
[convolutional]
batch_normalize=1
filters=8
size=3
stride=2
pad=1
groups=2
activation=mish
[maxpool]
size=3
stride=1
[convolutional]
filters=8
activation=swish
[shortcut]
from=-2
activation=linear
[route]
layers=-1,1
[route]
layers=-1
groups=4
group_id=1
[convolutional]
filters=8
size=3
pad=1
activation=relu
[convolutional]
batch_normalize=1
filters=8
activation=linear
[shortcut]
from=-2,-5
activation=relu6
[upsample]
stride=2
[route]
layers=-1,0
groups=2
group_id=1
[maxpool]
size=2
stride=2
[avgpool]
[convolutional]
filters=8
activation=logistic
[scale_channels]
from=-3
activation=linear
[dropout]
probability=.5
[convolutional]
filters=12
activation=linear
[yolo]
mask=1,2
num=3
anchors=4,6, 8,5, 10,20
classes=1
scale_x_y=1.1
"""


def relative(got, want):
    """Norm of the difference in units of the norm; what is no number counts as infinite."""
    value = float(np.linalg.norm(got.astype(np.float64) - want) / max(np.linalg.norm(want), 1e-30))
    return value if np.isfinite(value) else float("inf")


@unittest.skipUnless(has("torch"), "no package torch")
class DumpCase(Case):
    def dump(self, *args):
        """(name -> array, metadata)"""
        out = self.path("out.safetensors")
        code, text = self.script(dump_pytorch, "--out", out, *args)
        self.assertEqual(code, 0, text)
        return safetensors_file.read(out)

    def expect_error(self, words, *args):
        code, text = self.script(dump_pytorch, "--out", self.path("refused.safetensors"), *args)
        self.assertEqual(code, 3, text)
        self.assertRegex(text, r"^dump_pytorch\.py: [^\n]+\n$")
        self.assertIn(words, text)
        self.assertEqual([name for name in os.listdir(self.folder) if name.startswith("refused")], [])

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def expect_ours(self, model, tolerance, *args):
        """PyTorch's values against those of `layers`: every layer of ours is there, in the same shape, and close."""
        if not LAYERS:
            self.skipTest("no program layers")
        theirs, _ = self.dump("--model", model, "--input", "seed:3", *args)
        np.save(self.path("x.npy"), next(iter(theirs.values())))
        options = [part for part in args if part.startswith("--inp_dim") or part.startswith("--models")]
        command = [LAYERS, "dump", "--model", model, "--input", self.path("x.npy"), "--out", self.path("ours.safetensors"), *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        ours, _ = safetensors_file.read(self.path("ours.safetensors"))
        self.assertEqual([name for name in ours if name not in theirs], [])
        worst = max((relative(ours[name], theirs[name]), name) for name in ours if ours[name].shape == theirs[name].shape)
        self.assertEqual([name for name in ours if ours[name].shape != theirs[name].shape], [])
        print(f"{model}: {len(ours)} layers, worst relative norm {worst[0]:.1e} at {worst[1]}")
        self.assertLess(worst[0], tolerance)
        return ours, theirs


class ModuleTest(DumpCase):
    def many(self, *args):
        return self.dump("--model", self.write("many.py", MODULES) + ":Many", "--input", "seed:1", "--shape", "2,3,4,5", *args)

    def test_names_and_values(self):
        dumped, metadata = self.many("--args", '{"channels": 4}')
        names = ["input", "conv", "relu", "relu#2", "last.best.0", "last.pair.0", "last.pair.2.0"]
        self.assertEqual(list(dumped), names + ["output" + name[4:] for name in names[4:]])
        conv, first, second = (dumped[name] for name in names[1:4])
        self.assertLess(conv.min(), 0)  # it was written before the ReLU worked in place
        self.assertTrue(np.array_equal(first, np.maximum(conv, 0)))
        self.assertTrue(np.array_equal(second, np.maximum(first - np.float32(0.5), 0)))
        self.assertTrue(np.array_equal(dumped["last.best.0"], second.max(1)))
        self.assertEqual(dumped["last.pair.0"].tolist(), second.astype(np.float16).astype(np.float32).tolist())
        self.assertEqual(dumped["last.pair.2.0"].shape, ())
        self.assertEqual((conv.shape, metadata["dtype"], metadata["tf32"], metadata["threads"]), ((2, 4, 4, 5), "float32", "off", "1"))
        for key in ("torch", "numpy", "python", "input_sha256", "command"):
            self.assertTrue(metadata[key], key)

    def test_integers_are_left_out_and_said(self):
        self.many()
        _, text = self.script(dump_pytorch, "--model", self.path("many.py:Many"), "--input", "seed:1", "--shape", "1,3,2,2", "--out", self.path("o.safetensors"))
        self.assertEqual(text.splitlines()[0], "last.best.1: left out, since it holds no floating-point numbers")

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
        """64 layers of 4 MB: 256 MB in the file, of which memory holds a few at a time."""
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
            (head, "layers behind it"),
            (head + "[lstm]\n", ":5: [lstm] expected a section"),
            (head + "[convolutional]\nfilters=x\n", ":5: [convolutional] expected numbers behind filters, found 'x'"),
            (head + "[convolutional]\n", "one number behind filters"),
            (head + "[convolutional]\nfilters=3\ndilation=2\n", "expected dilation=1"),
            (head + "[convolutional]\nfilters=3\ngroups=2\n", "in_channels must be divisible"),
            (head + "[convolutional]\nfilters=3\nactivation=gelu\n", "'gelu'"),
            (head + "[route]\nlayers=-1\n", "layers before this one"),
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
                self.expect_error("expected 32 bytes of weights behind the header, found 28", "--model", cfg, "--input", "seed:1")
                continue
            dumped, _ = self.dump("--model", cfg, "--input", "seed:1")
            want = np.einsum("oc,nchw->nohw", numbers[2:].reshape(2, 3), dumped["input"]) + numbers[:2, None, None]
            self.assertLess(relative(dumped["yolo.0"], want), 1e-6)


class NetworkTest(DumpCase):
    def test_generated_weights(self):
        """Streams and bounds of the recorded generator (gen_weights.py check)."""
        path = os.path.join(ORACLE, "gen_weights.py")
        if not os.path.isfile(path):
            self.skipTest("no recorded cases")
        import importlib.util

        spec = importlib.util.spec_from_file_location("gen_weights", path)
        recorded = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(recorded)
        statistics = os.path.join(ORACLE, "weights_side", "bn_pose_seed1.bin")
        roles = {"weight": "weight", "bias": "bias"}
        wanted = recorded.pose_state(1, np.fromfile(statistics, np.float32))
        norms = {name.rpartition(".")[0] for name in wanted if name.endswith("running_mean")}
        names = {"weight": "gamma", "bias": "beta", "running_mean": "mean", "running_var": "var"}
        parameters = [(n, (names if n.rpartition(".")[0] in norms else roles)[n.rpartition(".")[2]], a.shape) for n, a in wanted.items()]
        made = generated_weights.synthetic_weights(parameters, 1, statistics, "pose")
        self.assertEqual([name for name in wanted if not np.array_equal(made[name], wanted[name])], [])

    def test_every_section(self):
        self.expect_ours(self.write("every.cfg", SECTIONS) + "@random", 2e-6)

    def test_yolov3_tiny(self):
        ours, theirs = self.expect_ours("yolov3-tiny@random", 1e-5)
        self.assertEqual(len(ours), 47)
        from lib import torch_darknet_layers

        slope = {"leaky": lambda x: x.where(x > 0, 0.1001 * x)}
        with unittest.mock.patch.dict(torch_darknet_layers.ACTIVATIONS, slope):  # one that is nearly right is seen
            broken, _ = self.dump("--model", "yolov3-tiny@random", "--input", "seed:3", "--only", "yolo.0")
        self.assertLess(relative(broken["yolo.0.bn"], ours["yolo.0.bn"]), 1e-5)
        self.assertGreater(relative(broken["yolo.0"], ours["yolo.0"]), 1e-5)

    def test_real_weights(self):
        from lib import torch_models

        for name in ("yolo-fastest-xl", "yolov3-tiny"):
            with self.subTest(name):
                try:
                    torch_models.search(torch_models.FILES.get(name, (name + ".weights",)), torch_models.model_dirs(torch_models.Options()), name)
                except Problem as problem:
                    self.skipTest(str(problem))
                self.expect_ours(name, 1e-5)

    def test_small_fastpose(self):
        import torch

        from lib import torch_fastpose, torch_weights

        module = torch_fastpose.FastPose(50, 5, 8)
        torch_weights.generate(module, False)
        state = {name: tensor for name, tensor in module.state_dict().items() if not name.endswith("num_batches_tracked")}
        from lib import fastpose

        self.assertEqual({name: tuple(tensor.shape) for name, tensor in state.items()}, fastpose.tensors(50, 5, 8))
        torch.save(state, self.path("small.pth"))
        safetensors_file.write(self.path("small.safetensors"), {name: tensor.numpy() for name, tensor in state.items()})
        ours, theirs = self.expect_ours(self.path("small.safetensors"), 1e-5)
        again, _ = self.dump("--model", "fastpose", "--weights", self.path("small.pth"), "--input", "seed:3")
        self.assertTrue(np.array_equal(again["conv_out"], theirs["conv_out"]))
        self.assertIn("preact.layer1.0.se.fc.2", ours)

    def test_recorded_layers(self):
        """The original's own FastPose, at 64 places of every layer."""
        case = os.path.join(ORACLE, "nets", "pose_seed0_1")
        if not os.path.isfile(case + ".npz"):
            self.skipTest("no recorded cases")
        np.save(self.path("x.npy"), np.load(case + ".npz")["inps"])
        some = r"^(input|preact.conv1|preact.bn1|preact.maxpool|preact.layer\d.[02](.se.*|.downsample.*)?|preact.layer3.\d+.bn\d|suffle1|duc.*|conv_out)$"
        statistics = os.path.join(ORACLE, "weights_side", "bn_pose_seed0.bin")
        dumped, _ = self.dump("--model", "fastpose@seed:0", "--input", self.path("x.npy"), "--bn", statistics, "--only", some)
        with open(case + "_layers.json", encoding="utf-8") as file:
            layers = [layer for layer in json.load(file)["layers"] if re.search(some, layer["name"])]
        self.assertGreater(len(layers), 100)
        self.assertEqual([layer["name"] for layer in layers if layer["name"] not in dumped], [])
        worst = 0
        for layer in layers:
            got = dumped[layer["name"]].ravel()[layer["idx"]]
            worst = max(worst, float(np.abs(got - np.array(layer["val"])).max() / max(abs(layer["min"]), abs(layer["max"]))))
        print(f"{len(layers)} recorded layers, worst difference {worst:.1e} of a layer's scale")
        self.assertLess(worst, 1e-4)


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
        self.assertEqual(list(dumped), ["x", "first", "n", "r", "s", "t", "y"])  # a shape is no floating-point number
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
