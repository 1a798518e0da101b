# Darknet's layers as PyTorch modules.  Their children have the names of our graph's nodes after the prefix of the layer.
# SPDX-License-Identifier: MIT

import functools

import torch
import torch.nn.functional as F
from torch import nn

from lib import torch_acts

ACTIVATIONS = {kind: functools.partial(torch_acts.apply, {"kind": kind, "slope": 0.1}, inplace=False) for kind in torch_acts.COMMON}


class Convolutional(nn.Module):
    """conv, bn (None: the convolution has a bias), then the activation of that name."""

    def __init__(self, conv, bn, act):
        super().__init__()
        self.conv, self.bn, self.act = conv, bn, ACTIVATIONS[act]

    def forward(self, x):
        y = self.conv(x)
        return self.act(self.bn(y) if self.bn is not None else y)


class MaxPool(nn.Module):
    """`before`, `after`: rows and columns around the map, filled with `outside`."""

    def __init__(self, size, strides, before, after, outside):
        super().__init__()
        self.size, self.strides, self.around, self.outside = size, strides, (before, after) * 2, outside

    def forward(self, x):
        return F.max_pool2d(F.pad(x, self.around, value=self.outside), self.size, self.strides)


class GlobalMean(nn.Module):
    def forward(self, x):
        return x.mean((2, 3), keepdim=True)


class Slice(nn.Module):
    def __init__(self, begin, count):
        super().__init__()
        self.begin, self.count = begin, count

    def forward(self, x):
        return x[:, self.begin : self.begin + self.count]


class Route(nn.Module):
    """Concatenates its inputs or, with slices, one slice of each input."""

    def __init__(self, slices=()):
        super().__init__()
        for i, part in enumerate(slices):
            self.add_module(str(i), part)

    def forward(self, *inputs):
        return torch.cat([part(x) for part, x in zip(self.children(), inputs)] or inputs, 1)


class Add(nn.Module):
    def forward(self, a, b):
        return a + b


class Shortcut(nn.Module):
    """Sums all inputs.  Every addition is a child except one that gives the layer's result."""

    def __init__(self, additions, act):
        super().__init__()
        self.act, self.additions = act, additions
        for i in range(additions - (act == "linear")):
            self.add_module(str(i), Add())

    def forward(self, x, *others):
        for i, other in enumerate(others):
            x = self._modules[str(i)](x, other) if str(i) in self._modules else x + other
        return ACTIVATIONS[self.act](x)


class Scale(nn.Module):
    def forward(self, factors, x):
        return x * factors


class ScaleChannels(nn.Module):
    """Multiplies the channels of the second input by the 1 x 1 map of the first, then applies an activation that is not linear."""

    def __init__(self, act):
        super().__init__()
        self.scale, self.act = Scale(), ACTIVATIONS[act]

    def forward(self, factors, x):
        return self.act(self.scale(factors, x))


class Yolo(nn.Module):
    """[n, anchors * (5 + classes), h, w] -> rows [n, h * w * anchors, 5 + classes]: center and size in pixels of the input, objectness, classes."""

    def __init__(self, anchors, classes, stretch, net_size):
        super().__init__()
        self.classes, self.stretch, self.net_size = classes, stretch, net_size
        self.register_buffer("anchors", torch.tensor(anchors), persistent=False)

    def forward(self, x):
        n, _, h, w = x.shape
        t = x.reshape(n, len(self.anchors), 5 + self.classes, h, w).permute(0, 3, 4, 1, 2)
        rows, columns = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
        corner = torch.stack([columns, rows], 2).to(x)[:, :, None]
        cell = x.new_tensor([self.net_size[1] / w, self.net_size[0] / h])
        centre = (torch.sigmoid(t[..., :2]) * self.stretch - (self.stretch - 1) / 2 + corner) * cell
        size = torch.exp(t[..., 2:4]) * self.anchors.to(x)
        return torch.cat([centre, size, torch.sigmoid(t[..., 4:])], 4).reshape(n, -1, 5 + self.classes)
