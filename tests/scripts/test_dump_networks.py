# Tests dump_pytorch.py on whole networks: against our dumps, layer by layer, and against the recorded ones.
# SPDX-License-Identifier: MIT
"""$POSE_LAYERS: our program `layers`; without it the comparisons with ours are skipped.  $POSE_ORACLE_DIR: the recorded cases."""

import dataclasses
import importlib.util
import json
import os
import re
import subprocess
import sys
import unittest
import unittest.mock

sys.dont_write_bytecode = True  # next to the scripts
from converter_case import PROJECT, has, main  # before numpy: see there

import numpy as np

from dump_case import DumpCase, relative
from lib import fastpose, generated_weights, safetensors_file
from lib.graph import Graph, act
from lib.problem import Problem

ORACLE = os.environ.get("POSE_ORACLE_DIR") or os.path.join(PROJECT, os.pardir, "shared", "oracle")
LAYERS = os.environ.get("POSE_LAYERS", "")

BINARY_KINDS = ("add", "sub", "mul", "div", "min", "max", "prelu")


def torch_acts_kinds():
    from lib import torch_acts

    return torch_acts.KINDS


# Every section; layer 9 adds two layers at once, 11 takes parts of two.
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


@unittest.skipUnless(has("torch"), "no package torch")
class NetworkTest(DumpCase):
    def expect_ours(self, model, tolerance, *args):
        """Compares PyTorch's values with those of `layers`: every layer of ours is found, in the same shape, and close."""
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

    def test_generated_weights(self):
        """Checks streams and bounds of the recorded generator (gen_weights.py check)."""
        path = os.path.join(ORACLE, "gen_weights.py")
        if not os.path.isfile(path):
            self.skipTest("no recorded cases")
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

    def test_every_op_of_graph_files(self):
        """Ops that no cfg has: those of converted networks."""
        random, net = np.random.default_rng(5), Graph("ops", "test")

        def add(op, inputs, params=(), **fields):
            named = [(f"{op}{len(net.nodes)}.{i}", random.random(shape, dtype=np.float32) + 0.5) for i, shape in enumerate(params)]
            return net.add(op, op, inputs, named, fields)

        x = add("input", [], shape={"n": 1, "h": 6, "w": 8, "c": 8})
        ends = [add("activation", [x], act=act(kind, 0.2)) for kind in torch_acts_kinds()]
        ends += [add("binary", [x, add("constant", [], [(8, 1, 1)], channels=8, height=1, width=1)], kind=kind) for kind in BINARY_KINDS]
        ends += [add("layer_norm", [x], [(8,), (8,)], c=8, eps=1e-5), add("matmul", [x, add("constant", [], [(5, 1, 8)], channels=5, height=1, width=8)])]
        ends.append(add("permute", [x], axes=4, size=[2, 4, 6, 8], order=[1, 3, 0, 2], channels=4, height=16, width=6))
        for kind in ("nearest", "linear"):
            ends.append(add("resize", [x], kind=kind, height=9, width=5, scale_y=0.6, shift_y=-0.2, scale_x=1.6, shift_x=0.3))
        place = {"factor": 1, "top": 0, "left": 0, "height": 1, "width": 1, "scale": 1, "shift": 0}
        for kind, fields in (
            ("crop", {"top": 1, "left": 2, "height": 4, "width": 5, "scale": 2, "shift": -0.5}), ("space_to_depth", {"factor": 2}),
            ("darknet_reorg", {"factor": 2}), ("windows", {"factor": 4, "top": 1, "left": 2, "height": 3, "width": 2}),
        ):
            ends.append(add("rearrange", [x], kind=kind, **place | fields))
        pixel = add("rearrange", [x], kind="crop", **place)
        ends += [add("rearrange", [pixel], kind="places", **place | {"height": 2, "width": 2}), add("softmax", [x]), add("scale", [x, pixel], residual=False, act=act())]
        bins = [add("rearrange", [x], kind="crop", **place | {"top": top, "width": 8}) for top in (1, 4)]
        ends.append(add("simcc_head", bins, net_w=64, net_h=48))
        net.write(self.path("ops.safetensors"), ends)
        ours, _ = self.expect_ours(self.path("ops.safetensors"), 2e-6)
        self.assertEqual(len(ours), len(net.nodes))

    def test_yolov3_tiny(self):
        ours, theirs = self.expect_ours("yolov3-tiny@random", 1e-5)
        self.assertEqual(len(ours), 47)
        from lib import torch_darknet_layers

        slope = {"leaky": lambda x: x.where(x > 0, 0.1001 * x)}
        with unittest.mock.patch.dict(torch_darknet_layers.ACTIVATIONS, slope):  # a slope that is nearly right is detected
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
        torch_weights.generate(module, False, 0)
        state = {name: tensor for name, tensor in module.state_dict().items() if not name.endswith("num_batches_tracked")}
        self.assertEqual({name: tuple(tensor.shape) for name, tensor in state.items()}, fastpose.tensors(fastpose.Form(50, 5, 8)))
        torch.save(state, self.path("small.pth"))
        safetensors_file.write(self.path("small.safetensors"), {name: tensor.numpy() for name, tensor in state.items()})
        ours, theirs = self.expect_ours(self.path("small.safetensors"), 1e-5)
        again, _ = self.dump("--model", "fastpose", "--weights", self.path("small.pth"), "--input", "seed:3")
        self.assertTrue(np.array_equal(again["conv_out"], theirs["conv_out"]))
        self.assertIn("preact.layer1.0.se.fc.2", ours)

    def test_forms_of_the_branch_master(self):
        """Each form, as the converter writes it, computes the values of its PyTorch module in every layer."""
        import torch

        from lib import torch_fastpose, torch_weights

        for form in (
            fastpose.Form(152, 17, 4, last=16), fastpose.Form(50, 26, 4, squeeze=False, unshuffle=True, head="stages"),
            fastpose.Form(50, 68, 4, head="deconv", deconvs=(8, 12, 6)),
        ):
            with self.subTest(form):
                module = torch_fastpose.FastPose(**dataclasses.asdict(form))
                torch_weights.generate(module, False, 0)
                state = {name: tensor.numpy() for name, tensor in module.state_dict().items() if not name.endswith("num_batches_tracked")}
                pose = json.dumps({"mean": [0, 0, 0], "std": [1, 1, 1], "joints": form.heatmaps})
                safetensors_file.write(self.path("form.safetensors"), state, {"input": "64x96", "pose": pose})
                ours, _ = self.expect_ours(self.path("form.safetensors"), 1e-5)
                self.assertEqual(next(reversed(ours.values())).shape, (1, form.heatmaps, 16, 24))
                self.assertEqual("preact.layer1.0.se" in ours, form.squeeze)

    def test_recorded_layers(self):
        """Compares with the original's FastPose, at 64 places of every layer."""
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


if __name__ == "__main__":
    main()
