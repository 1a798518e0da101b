# Compares the networks of AlphaPose's branch master, converted, with the original's code on random weights.
# SPDX-License-Identifier: MIT
"""$ALPHAPOSE_MASTER: a checkout of github.com/MVIG-SJTU/AlphaPose, branch master.  Its terms are for non-commercial research: nothing of it is in this project,
and without it the tests are skipped.  tests/data/oracle has recorded results of its crops, decoding and pose NMS."""

import os
import subprocess
import sys
import types
import unittest

sys.dont_write_bytecode = True  # next to the scripts
from converter_case import Case, has, main  # before numpy: see there

import numpy as np

import convert_alphapose
from lib import safetensors_file

CHECKOUT = os.environ.get("ALPHAPOSE_MASTER")
NETWORKS = {  # name -> class, its configuration, number of keypoints
    "fast_res50": ("FastPose", {"NUM_LAYERS": 50}, 17),
    "halpe26_fast_res50": ("FastPose", {"NUM_LAYERS": 50}, 26),
    "halpe136_fast_res50": ("FastPose", {"NUM_LAYERS": 50, "CONV_DIM": 256}, 136),
    "halpe68_fast_res101": ("FastPose", {"NUM_LAYERS": 101, "CONV_DIM": 256}, 68),
    "halpe136_fast_res152": ("FastPose", {"NUM_LAYERS": 152, "CONV_DIM": 256}, 136),
    "fast_421_res152": ("FastPose_DUC", {"NUM_LAYERS": 152, "BACKBONE": "se-resnet"}, 17),
    "fast_421_res50-shuffle": ("FastPose_DUC", {"NUM_LAYERS": 50, "BACKBONE": "shuffle"}, 17),
    "fast_421_res50-plain": ("FastPose_DUC", {"NUM_LAYERS": 50, "BACKBONE": "resnet"}, 26),
    "simple_res50": ("SimplePose", {"NUM_LAYERS": 50, "NUM_DECONV_FILTERS": [256, 256, 256]}, 17),
}


class Anything(types.ModuleType):
    """A module that the networks import and do not need: every attribute is a class."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {"__init__": lambda *args, **keywords: None})


class Keys(dict):
    """What easydict makes of a dict."""

    def __getattr__(self, name):
        return self[name]


def imported(module):
    """Imports a module of the checkout, without what it does not need."""
    if module in sys.modules:
        return sys.modules[module]
    for name in ("torchvision", "torchvision.models", "easydict"):
        sys.modules[name] = Anything(name)
        sys.modules[name].__path__ = []
    untrained = types.SimpleNamespace(state_dict=dict)
    for depth in (50, 101, 152):
        setattr(sys.modules["torchvision.models"], f"resnet{depth}", lambda pretrained=False: untrained)
    sys.modules["torchvision"].models = sys.modules["torchvision.models"]
    for name in ("alphapose", "alphapose.models", "alphapose.models.layers", "alphapose.utils"):  # without what their __init__ imports
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].__path__ = [os.path.join(CHECKOUT, *name.split("."))]
    registry = __import__("alphapose.utils.registry", fromlist=["x"])
    for name in ("Registry", "build_from_cfg", "retrieve_from_cfg"):
        setattr(sys.modules["alphapose.utils"], name, getattr(registry, name))
    return __import__(module, fromlist=["x"])


def network(kind, configuration, joints):
    """Returns the original's network with random weights whose activations neither vanish nor grow."""
    import torch
    from torch import nn

    stages = {f"STAGE{i + 1}": Keys(NUM_CONV=count) for i, count in enumerate((4, 2, 1))}
    module = getattr(imported(f"alphapose.models.{kind.lower()}"), kind)
    net = module(PRESET={"NUM_JOINTS": joints}, **stages, **configuration).eval()
    torch.manual_seed(joints)
    for name, part in net.named_modules():
        if isinstance(part, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            nn.init.kaiming_normal_(part.weight)
        elif isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.weight, 0.2, 0.4) if name.endswith("bn3") else nn.init.uniform_(part.weight, 0.8, 1.2)
            nn.init.uniform_(part.bias, -0.2, 0.2)
            part.running_mean.uniform_(-0.2, 0.2)
            part.running_var.uniform_(0.8, 1.2)
    return net


@unittest.skipUnless(CHECKOUT and has("torch"), "no $ALPHAPOSE_MASTER, or no package torch")
class NetworkTest(Case):
    def heatmaps(self, path, x):
        """Returns what our network computes, in fp32 without fusion."""
        np.save(self.path("x.npy"), x)
        command = [os.environ["POSE_LAYERS"], "dump", "--model", path, "--input", self.path("x.npy"), "--out", self.path("dump.safetensors"),
                   "--only", "^(conv_out|final_layer)$"]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        (maps,) = safetensors_file.read(self.path("dump.safetensors"))[0].values()
        return maps

    def test_networks(self):
        import torch

        x = np.random.default_rng(3).standard_normal((1, 3, 256, 192)).astype(np.float32) / 4
        for name, (kind, configuration, joints) in NETWORKS.items():
            with self.subTest(name):
                net = network(kind, configuration, joints)
                torch.save(net.state_dict(), self.path("x.pth"))
                self.convert(convert_alphapose, self.path("x.pth"), self.path("x.safetensors"))
                with torch.no_grad():
                    expected = net(torch.from_numpy(x)).numpy()
                found = self.heatmaps(self.path("x.safetensors"), x)
                self.assertEqual(found.shape, expected.shape)
                worst = float(np.abs(found - expected).max() / np.abs(expected).max())
                print(f"{name}: {expected.shape}, largest difference {worst:.1e} of the largest value {np.abs(expected).max():.3g}", flush=True)
                self.assertLess(worst, 2e-5)


if __name__ == "__main__":
    main()
