# FastPose as a PyTorch module: SE-ResNet, PixelShuffle and DUC (docs/spec.md, section 6), for comparisons.
# SPDX-License-Identifier: MIT
"""State dict and modules are named as in the original.  What the original computes without a module has our graph's name: preact.bn1.relu,
preact.layer1.0.sum.  After Hu et al. 2018, He et al. 2016 and Wang et al. 2018."""

from torch import nn

from lib import fastpose
from lib.problem import Problem


def norm_with_relu(channels):
    """A batch norm that has its ReLU as a child; callers of the batch norm also call the ReLU."""
    bn = nn.BatchNorm2d(channels)
    bn.relu = nn.ReLU()
    return bn


class Add(nn.Module):
    def forward(self, a, b):
        return a + b


class Dense(nn.Linear):
    """A linear layer on 1 x 1 maps [n, c, 1, 1], so that its result has the shape of our node's."""

    def forward(self, x):
        return super().forward(x.flatten(1))[:, :, None, None]


class SqueezeExcite(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(Dense(channels, channels), nn.ReLU(), Dense(channels, channels), nn.Sigmoid())

    def forward(self, x):
        return x * self.fc(self.avg_pool(x))


class Bottleneck(nn.Module):
    """first: the first of its stage, which changes the number of channels and has the squeeze-and-excite."""

    def __init__(self, in_channels, planes, stride, first):
        super().__init__()
        out = 4 * planes
        self.conv1, self.bn1 = nn.Conv2d(in_channels, planes, 1, bias=False), norm_with_relu(planes)
        self.conv2, self.bn2 = nn.Conv2d(planes, planes, 3, stride, 1, bias=False), norm_with_relu(planes)
        self.conv3, self.bn3 = nn.Conv2d(planes, out, 1, bias=False), nn.BatchNorm2d(out)
        self.se = SqueezeExcite(out) if first else None
        self.downsample = nn.Sequential(nn.Conv2d(in_channels, out, 1, stride, bias=False), nn.BatchNorm2d(out)) if first else None
        self.sum, self.relu = Add(), nn.functional.relu

    def forward(self, x):
        y = self.bn1.relu(self.bn1(self.conv1(x)))
        y = self.bn2.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        if self.se is not None:
            x, y = self.downsample(x), self.se(y)
        return self.relu(self.sum(y, x))


class SeResnet(nn.Module):
    def __init__(self, depth, width):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, width, 7, 2, 3, bias=False), norm_with_relu(width)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        channels = width
        for stage, count in enumerate(fastpose.BLOCKS[depth]):
            blocks, planes = [], width << stage
            for b in range(count):
                blocks.append(Bottleneck(channels, planes, 2 if stage > 0 and b == 0 else 1, b == 0))
                channels = 4 * planes
            self.add_module(f"layer{stage + 1}", nn.Sequential(*blocks))

    def forward(self, x):
        x = self.maxpool(self.bn1.relu(self.bn1(self.conv1(x))))
        return self.layer4(self.layer3(self.layer2(self.layer1(x))))


class Duc(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv, self.bn = nn.Conv2d(in_channels, 4 * out_channels, 3, 1, 1, bias=False), nn.BatchNorm2d(4 * out_channels)
        self.relu, self.shuffle = nn.ReLU(), nn.functional.pixel_shuffle

    def forward(self, x):
        return self.shuffle(self.relu(self.bn(self.conv(x))), 2)


class FastPose(nn.Module):
    def __init__(self, depth=101, heatmaps=33, width=64, input_h=320, input_w=256):
        super().__init__()
        if depth not in fastpose.BLOCKS or min(heatmaps, width) < 1:
            raise Problem(f"fastpose: expected a depth out of {sorted(fastpose.BLOCKS)}, heatmaps and width above 0, found {(depth, heatmaps, width)}")
        self.input_shape = (3, input_h, input_w)
        self.preact, self.suffle1 = SeResnet(depth, width), nn.PixelShuffle(2)  # the original's spelling
        self.duc1, self.duc2 = Duc(8 * width, 4 * width), Duc(4 * width, 2 * width)
        self.conv_out = nn.Conv2d(2 * width, heatmaps, 3, 1, 1)

    def forward(self, x):
        return self.conv_out(self.duc2(self.duc1(self.suffle1(self.preact(x)))))


def sized_for(state, path):
    """Returns a FastPose of the size of a state dict's tensors."""
    for name in ("preact.conv1.weight", "conv_out.bias"):
        if name not in state or not state[name].shape:
            raise Problem(f"{path}: expected the tensors of FastPose, found no {name}")
    depth = 101 if "preact.layer3.22.conv1.weight" in state else 50
    return FastPose(depth, len(state["conv_out.bias"]), len(state["preact.conv1.weight"]))
