# AlphaPose's pose networks as PyTorch modules (docs/spec.md, sections 6 and 21), for comparisons.
# SPDX-License-Identifier: MIT
"""State dict and modules are named as in the original.  What the original computes without a module has our graph's name: preact.bn1.relu,
preact.layer1.0.sum.  After Hu et al. 2018, He et al. 2016, Wang et al. 2018 and Xiao et al. 2018."""

import dataclasses

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
    """first: the first of its stage, which changes the number of channels and has the squeeze-and-excite.  unshuffle: a block with a stride halves the map by
    a convolution of 6 x 6, as the converter stores PixelUnshuffle(2) and one of 3 x 3"""

    def __init__(self, in_channels, planes, stride, first, squeeze=True, unshuffle=False):
        super().__init__()
        out = 4 * planes
        self.conv1, self.bn1 = nn.Conv2d(in_channels, planes, 1, bias=False), norm_with_relu(planes)
        self.conv2, self.bn2 = nn.Conv2d(planes, planes, 3, stride, 1, bias=False), norm_with_relu(planes)
        if unshuffle and stride == 2:
            self.conv2 = nn.Sequential(nn.Identity(), nn.Conv2d(planes, planes, 6, 2, 2, bias=False))
        self.conv3, self.bn3 = nn.Conv2d(planes, out, 1, bias=False), nn.BatchNorm2d(out)
        self.se = SqueezeExcite(out) if first and squeeze else None
        self.downsample = nn.Sequential(nn.Conv2d(in_channels, out, 1, stride, bias=False), nn.BatchNorm2d(out)) if first else None
        self.sum, self.relu = Add(), nn.functional.relu

    def forward(self, x):
        y = self.bn1.relu(self.bn1(self.conv1(x)))
        y = self.bn2.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        if self.se is not None:
            y = self.se(y)
        if self.downsample is not None:
            x = self.downsample(x)
        return self.relu(self.sum(y, x))


class Resnet(nn.Module):
    def __init__(self, form):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, form.width, 7, 2, 3, bias=False), norm_with_relu(form.width)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        channels = form.width
        for stage, count in enumerate(fastpose.BLOCKS[form.depth]):
            blocks, planes = [], form.width << stage
            for b in range(count):
                stride = 2 if stage > 0 and b == 0 else 1
                blocks.append(Bottleneck(channels, planes, stride, b == 0, form.squeeze, form.unshuffle))
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


def stage(in_channels, out_channels, count):
    """PixelShuffle and convolutions, all but the last of which keep the number of channels."""
    layers, c = [nn.PixelShuffle(2)], in_channels // 4
    for k in range(count):
        made = out_channels if k == count - 1 else c
        layers += [nn.Conv2d(c, made, 3, 1, 1, bias=False), nn.BatchNorm2d(made), nn.ReLU()]
        c = made
    return nn.Sequential(*layers)


class FastPose(nn.Module):
    """Takes the fields of fastpose.Form."""

    def __init__(self, depth=101, heatmaps=33, width=64, input_h=320, input_w=256, **others):
        super().__init__()
        form = fastpose.Form(depth, heatmaps, width, **others)
        if depth not in fastpose.BLOCKS or min(heatmaps, width) < 1:
            raise Problem(f"fastpose: expected a depth out of {sorted(fastpose.BLOCKS)}, heatmaps and width above 0, found {(depth, heatmaps, width)}")
        self.input_shape = (3, input_h, input_w)
        self.preact = Resnet(form)
        if form.head == "duc":
            self.suffle1 = nn.PixelShuffle(2)  # the original's spelling
            self.duc1, self.duc2 = Duc(8 * width, 4 * width), Duc(4 * width, form.last)
            self.conv_out = nn.Conv2d(form.last, heatmaps, 3, 1, 1)
        elif form.head == "stages":
            c = 32 * width
            for i, count in enumerate(form.convs):
                self.add_module(f"duc{i + 1}", stage(c, width * (16 >> i), count))
                c = width * (16 >> i)
            self.conv_out = nn.Conv2d(c, heatmaps, 3, 1, 1)
        else:
            layers, c = [], 32 * width
            for made in form.deconvs:
                layers += [nn.ConvTranspose2d(c, made, 4, 2, 1, bias=False), nn.BatchNorm2d(made), nn.ReLU()]
                c = made
            self.deconv_layers, self.final_layer = nn.Sequential(*layers), nn.Conv2d(c, heatmaps, 1)

    def forward(self, x):
        for module in self.children():  # in the order of __init__
            x = module(x)
        return x


def sized_for(state, path, size=None):
    """Returns a FastPose of the form of a state dict's tensors.  size: of the input, as the converter writes it, 256x192"""
    form = fastpose.form_of(path, state)
    sides = {} if size is None else dict(zip(("input_h", "input_w"), map(int, size.split("x"))))
    return FastPose(**dataclasses.asdict(form), **sides)
