# A network of net_file.py as a PyTorch function.
# SPDX-License-Identifier: MIT
"""Needs torch.  Weights are held in the requested memory format."""

import torch
import torch.nn.functional as F

from lib.problem import Problem
from lib.torch_acts import apply

BINARY = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "min": lambda a, b: torch.where(a < b, a, b),
    "max": lambda a, b: torch.where(a > b, a, b),
    "prelu": lambda a, b: torch.where(a < 0, a * b, a),
}


class TorchNet:
    """Call it with [n, c, h, w]; it returns the outputs as a list.  observe(name, value) sees every node's value; later nodes may change it in place."""

    def __init__(self, net, memory_format=torch.contiguous_format):
        self.net, self.memory_format = net, memory_format
        self.params = {node["name"]: [self._tensor(array) for array in net.params(node)] for node in net.nodes}
        self.last_use = {name: node["name"] for node in net.nodes for name in node["inputs"]}
        self.readers = {}
        for node in net.nodes:
            for name in node["inputs"]:
                self.readers[name] = self.readers.get(name, 0) + 1

    def _tensor(self, array):
        tensor = torch.from_numpy(array if array.flags.writeable else array.copy())
        return tensor.contiguous(memory_format=self.memory_format) if tensor.dim() == 4 else tensor

    def to(self, *args):
        self.params = {name: [tensor.to(*args) for tensor in tensors] for name, tensors in self.params.items()}
        return self

    def __call__(self, x, observe=lambda name, value: None):
        values = {self.net.input["name"]: x.contiguous(memory_format=self.memory_format)}
        observe(self.net.input["name"], x)
        for node in self.net.nodes[1:]:
            inputs = [values[name] for name in node["inputs"]]
            values[node["name"]] = getattr(self, node["op"], self.unknown)(node, *inputs)
            observe(node["name"], values[node["name"]])
            for name in set(node["inputs"]):
                if self.last_use[name] == node["name"] and name not in self.net.outputs:
                    del values[name]
        return [values[name] for name in self.net.outputs]

    def unknown(self, node, *_):
        raise Problem(f"node {node['name']}: expected an op that PyTorch's side knows, found {node['op']}")

    def conv2d(self, node, x, *residual):
        weight, *bias = self.params[node["name"]]
        top, left, bottom, right = pads(node)
        if (top, left) != (bottom, right):
            x, top, left = F.pad(x, (left, right, top, bottom)), 0, 0
        y = F.conv2d(x, weight, bias[0] if bias else None, strides(node), (top, left), groups=node["groups"])
        y = apply(node["act"], y)
        return apply(node["post"], y.add_(residual[0])) if residual else y

    def conv_transpose2d(self, node, x):
        weight, *bias = self.params[node["name"]]
        top, left, bottom, right = pads(node)
        extra = (node["output_pad_h"], node["output_pad_w"])
        if (top, left) != (bottom, right):
            raise Problem(f"node {node['name']}: expected the same padding on both sides, found {pads(node)}")
        y = F.conv_transpose2d(x, weight, bias[0] if bias else None, strides(node), (top, left), extra, node["groups"])
        return apply(node["act"], y)

    def batch_norm(self, node, x):
        gamma, beta, mean, var = self.params[node["name"]]
        return apply(node["act"], F.batch_norm(x, mean, var, gamma, beta, False, 0.0, node["eps"]))

    def activation(self, node, x):
        alone = self.readers[node["inputs"][0]] == 1 and node["inputs"][0] not in (self.net.input["name"], *self.net.outputs)
        return apply(node["act"], x if alone else x.clone(memory_format=torch.preserve_format))

    def add(self, node, a, b):
        return apply(node["act"], a + b)

    def scale(self, node, x, s, *residual):
        y = x * s
        return apply(node["act"], y.add_(residual[0]) if residual else y)

    def max_pool(self, node, x):
        top, left, bottom, right = pads(node)
        kernel = (node["kernel_h"], node["kernel_w"])
        if node["outside"] == "zero":
            x, top, left = F.pad(x, (left, right, top, bottom)), 0, 0
        elif (top, left) != (bottom, right):
            x, top, left = F.pad(x, (left, right, top, bottom), value=float("-inf")), 0, 0
        return F.max_pool2d(x, kernel, strides(node), (top, left))

    def avg_pool(self, node, x):
        if node["global"]:
            return x.mean((2, 3), keepdim=True)
        top, left, bottom, right = pads(node)
        if (top, left) != (bottom, right):
            raise Problem(f"node {node['name']}: expected the same padding on both sides, found {pads(node)}")
        kernel = (node["kernel_h"], node["kernel_w"])
        return F.avg_pool2d(x, kernel, strides(node), (top, left), count_include_pad=node["count_outside"])

    def upsample(self, node, x):
        return F.interpolate(x, scale_factor=node["factor"], mode="nearest")

    def concat(self, node, *inputs):
        return torch.cat(inputs, 1)

    def slice(self, node, x):
        return x[:, node["begin"] : node["begin"] + node["count"]].clone()  # later nodes may work in place

    def pixel_shuffle(self, node, x):
        return F.pixel_shuffle(x, node["factor"])

    def softmax(self, node, x):
        return torch.softmax(x, 1)

    def binary(self, node, a, b):
        return BINARY[node["kind"]](a, b)

    def constant(self, node):
        return self.params[node["name"]][0][None].clone()

    def layer_norm(self, node, x):
        gamma, beta = self.params[node["name"]]
        return F.layer_norm(x.permute(0, 2, 3, 1), (node["c"],), gamma, beta, node["eps"]).permute(0, 3, 1, 2)

    def matmul(self, node, a, b):
        """Row h is a matrix whose columns are the channels."""
        return (a.permute(0, 2, 3, 1) @ b.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)

    def permute(self, node, x):
        axes = x.reshape(-1, *node["size"]).permute(0, *(1 + axis for axis in node["order"]))
        return axes.reshape(-1, node["channels"], node["height"], node["width"]).clone()

    def resize(self, node, x):
        y = resized(x, 2, node["kind"], node["height"], node["scale_y"], node["shift_y"])
        return resized(y, 3, node["kind"], node["width"], node["scale_x"], node["shift_x"])

    def rearrange(self, node, x):
        return node["scale"] * getattr(self, "rearrange_" + node["kind"])(node, x) + node["shift"]

    def rearrange_crop(self, node, x):
        return x[:, :, node["top"] : node["top"] + node["height"], node["left"] : node["left"] + node["width"]]

    def rearrange_space_to_depth(self, node, x):
        n, c, h, w = x.shape
        f = node["factor"]
        return x.view(n, c, h // f, f, w // f, f).permute(0, 3, 5, 1, 2, 4).reshape(n, f * f * c, h // f, w // f)

    def rearrange_darknet_reorg(self, node, x):
        n, c, h, w = x.shape
        f = node["factor"]
        wide = x.reshape(n, c // (f * f), h, f, w, f).permute(0, 3, 5, 1, 2, 4)
        return wide.reshape(n, c * f * f, h // f, w // f)

    def rearrange_windows(self, node, x):
        side = node["factor"]
        bottom, right = (node[a] + node[b] + side - 1 - size for a, b, size in (("top", "height", x.shape[2]), ("left", "width", x.shape[3])))
        x = F.pad(x, (0, max(0, right), 0, max(0, bottom)))
        places = ((node["top"] + r, node["left"] + c) for r in range(node["height"]) for c in range(node["width"]))
        return torch.cat([x[:, :, top : top + side, left : left + side] for top, left in places], 1)

    def rearrange_places(self, node, x):
        h, w = node["height"], node["width"]
        return x.reshape(x.shape[0], h, w, -1).permute(0, 3, 1, 2)

    def simcc_head(self, node, columns, rows):
        (x, of_x), (y, of_y) = (self.best_bins(node, bins, side) for bins, side in ((columns, "net_w"), (rows, "net_h")))
        score = torch.where(torch.isnan(of_x) | (of_x < of_y), of_x, of_y)
        nowhere = score <= 0
        return torch.stack([x.masked_fill(nowhere, 0), y.masked_fill(nowhere, 0), score], 3).transpose(1, 2)

    @staticmethod
    def best_bins(node, bins, side):
        """Returns (places in pixels, values) of the largest bins: each [n, 1, keypoints] of [n, bins, 1, keypoints]."""
        best = bins.argmax(1)  # a NaN counts as the largest value
        return best * (node[side] / bins.shape[1]), bins.gather(1, best[:, None])[:, 0]


def resized(x, axis, kind, size, scale, shift):
    """Returns x with `size` pixels along the axis (ops/resize/resize.h)."""
    at = (scale * torch.arange(size, dtype=torch.float64) + shift).clamp(0, x.shape[axis] - 1)
    first = at.long()
    if kind == "nearest":
        return x.index_select(axis, first.to(x.device))
    weight = (at - first).to(x).view(-1, *[1] * (3 - axis))
    second = (first + 1).clamp(max=x.shape[axis] - 1)
    return x.index_select(axis, first.to(x.device)) * (1 - weight) + x.index_select(axis, second.to(x.device)) * weight


def pads(node):
    return tuple(node["pad_" + side] for side in ("top", "left", "bottom", "right"))


def strides(node):
    return node["stride_h"], node["stride_w"]
