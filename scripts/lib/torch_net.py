# A network of net_file.py as a PyTorch function.
# SPDX-License-Identifier: MIT
"""Needs torch.  Weights are held in the requested memory format."""

import torch
import torch.nn.functional as F

from lib.problem import Problem

POINTWISE = {
    "linear": lambda x, slope: x,
    "leaky": lambda x, slope: F.leaky_relu(x, slope, inplace=True),
    "relu": lambda x, slope: F.relu(x, inplace=True),
    "relu6": lambda x, slope: F.relu6(x, inplace=True),
    "logistic": lambda x, slope: x.sigmoid_(),
    "mish": lambda x, slope: F.mish(x, inplace=True),
    "swish": lambda x, slope: F.silu(x, inplace=True),
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


def apply(act, y):
    return POINTWISE[act["kind"]](y, act["slope"])


def pads(node):
    return tuple(node["pad_" + side] for side in ("top", "left", "bottom", "right"))


def strides(node):
    return node["stride_h"], node["stride_w"]
