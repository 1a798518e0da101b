# pose-nano: a small version of AlphaPose's FastPose, as a PyTorch module for training; its sizes and their cost.
# SPDX-License-Identifier: MIT
"""Blocks and head are those of scripts/lib/torch_fastpose.py: bottlenecks with squeeze-and-excite in the first of each stage, PixelShuffle, two DUC.
The first convolution is 3 x 3, and a second one halves the map in place of the pooling.  This costs half as much as the 7 x 7 of the large network."""

import argparse
import dataclasses
import pathlib
import sys

import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from lib import torch_fastpose  # noqa: E402
from lib.problem import Problem, run  # noqa: E402

INPUT_H, INPUT_W = 256, 192
STRIDE = 4  # pixels of the input per pixel of a heatmap
JOINTS = 17  # COCO's
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of R, G, B, in units of v / 255: the teacher's


@dataclasses.dataclass(frozen=True)
class Size:
    """stem: channels of the two first convolutions; planes: of each stage's bottlenecks, whose results have 4 times as many; blocks: of each stage;
    head: channels after each DUC"""

    stem: tuple
    planes: tuple
    blocks: tuple
    head: tuple


SIZES = {
    "pico": Size((16, 16), (16, 16, 32, 64), (1, 2, 2, 2), (32, 16)),
    "micro": Size((16, 16), (16, 32, 48, 96), (1, 2, 3, 2), (48, 32)),
    "nano": Size((16, 16), (16, 32, 64, 128), (2, 2, 3, 2), (64, 32)),
    "wide": Size((16, 32), (16, 32, 80, 160), (2, 3, 4, 2), (64, 48)),
}


def conv_bn(in_c, out_c, kernel, stride):
    return nn.Conv2d(in_c, out_c, kernel, stride, kernel // 2, bias=False), torch_fastpose.norm_with_relu(out_c)


class Trunk(nn.Module):
    """[n, 3, h, w] -> [n, 4 planes[3], h / 32, w / 32]"""

    def __init__(self, size):
        super().__init__()
        self.conv1, self.bn1 = conv_bn(3, size.stem[0], 3, 2)
        self.conv2, self.bn2 = conv_bn(size.stem[0], size.stem[1], 3, 2)
        channels = size.stem[1]
        for stage, (planes, count) in enumerate(zip(size.planes, size.blocks), 1):
            blocks = []
            for b in range(count):
                blocks.append(torch_fastpose.Bottleneck(channels, planes, 2 if stage > 1 and b == 0 else 1, b == 0))
                channels = 4 * planes
            self.add_module(f"layer{stage}", nn.Sequential(*blocks))

    def forward(self, x):
        x = self.bn1.relu(self.bn1(self.conv1(x)))
        x = self.bn2.relu(self.bn2(self.conv2(x)))
        return self.layer4(self.layer3(self.layer2(self.layer1(x))))


class NanoPose(nn.Module):
    """[n, 3, 256, 192], normalized by MEAN and STD -> heatmaps [n, 17, 64, 48], 1 at a keypoint"""

    def __init__(self, size="nano"):
        super().__init__()
        if size not in SIZES:
            raise Problem(f"--size {size}: expected one of {', '.join(SIZES)}")
        self.size = SIZES[size]
        self.preact, self.suffle1 = Trunk(self.size), nn.PixelShuffle(2)  # the spelling of the original
        first, second = self.size.head
        self.duc1, self.duc2 = torch_fastpose.Duc(self.size.planes[3], first), torch_fastpose.Duc(first, second)
        self.conv_out = nn.Conv2d(second, JOINTS, 3, 1, 1)
        self.apply(initialise)
        nn.init.zeros_(self.conv_out.bias)
        nn.init.normal_(self.conv_out.weight, std=1e-3)  # maps start near 0, the value of most of their pixels

    def forward(self, x):
        return self.conv_out(self.duc2(self.duc1(self.suffle1(self.preact(x)))))


def initialise(module):
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    elif isinstance(module, torch_fastpose.Bottleneck):
        nn.init.zeros_(module.bn3.weight)  # a block starts as its shortcut (Goyal et al. 2017, section 5.1)


def cost(net, height=INPUT_H, width=INPUT_W):
    """Returns (multiply-adds for one image, number of values in the exported file, where batch norms are folded)."""
    macs, handles = [0], []

    def count(module, _, out):
        places = out[0, 0].numel() if out.dim() == 4 else 1
        macs[0] += module.weight.numel() * places

    for module in net.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            handles.append(module.register_forward_hook(count))
    training = net.training
    with torch.no_grad():
        net.eval()(torch.zeros(1, 3, height, width))
    net.train(training)
    for handle in handles:
        handle.remove()
    numbers = sum(m.weight.numel() + m.weight.shape[0] for m in net.modules() if isinstance(m, (nn.Conv2d, nn.Linear)))
    return macs[0], numbers


def main():
    argparse.ArgumentParser(description="Prints the cost of each size: GFLOP (two for a multiply-add) for one image, and MB as fp16.").parse_args()
    print(f"{'size':<8}{'GFLOP':>8}{'million':>10}{'MB fp16':>10}")
    for name in SIZES:
        macs, numbers = cost(NanoPose(name))
        print(f"{name:<8}{2e-9 * macs:>8.3f}{1e-6 * numbers:>10.2f}{2e-6 * numbers:>10.2f}")


if __name__ == "__main__":
    run(main)
