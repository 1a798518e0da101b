# Writes a network of lib/net_file.py as ncnn's two files: layers as text, weights as bytes (ncnn's documentation, "param and model file structure").
# SPDX-License-Identifier: MIT
"""An activation is fused into its convolution, as ncnn's optimizer does; a value with several readers passes through a Split layer."""

import struct

import numpy as np

from lib.problem import Problem

MAGIC = 7767517
FUSED = {"relu": 1, "leaky": 2, "logistic": 4, "mish": 5}  # activation_type of Convolution


class Exporter:
    def __init__(self, net):
        self.net, self.lines, self.blobs, self.weights = net, [], 0, bytearray()
        self.readers = {node["name"]: 0 for node in net.nodes}
        for name in [*(name for node in net.nodes for name in node["inputs"]), *net.outputs]:
            self.readers[name] += 1
        self.taken = dict.fromkeys(self.readers, 0)
        c, h, w = net.input_shape
        self.layer("Input", [], net.input["name"], {0: w, 1: h, 2: c})
        for node in net.nodes[1:]:
            getattr(self, node["op"], self.unknown)(node)

    def unknown(self, node):
        raise Problem(f"node {node['name']}: expected an op that the ncnn export knows, found {node['op']}")

    def blob(self, name):
        """Returns the name under which the next reader gets the value."""
        if self.readers[name] < 2:
            return name
        self.taken[name] += 1
        return f"{name}_split{self.taken[name] - 1}"

    def outputs(self):
        return [self.blob(name) for name in self.net.outputs]

    def line(self, kind, inputs, outputs, params):
        words = [f"{key}={value}" if key > -23300 else f"{key}={len(value)},{','.join(map(str, value))}" for key, value in params.items()]
        self.lines.append(" ".join([kind, f"{kind}_{len(self.lines)}", str(len(inputs)), str(len(outputs)), *inputs, *outputs, *words]))
        self.blobs += len(outputs)

    def layer(self, kind, inputs, output, params):
        """Adds a layer whose value is `output`, a node's name or an intermediate value of that node."""
        self.line(kind, inputs, [output], params)
        readers = self.readers.get(output, 1)
        if readers > 1:
            self.line("Split", [output], [f"{output}_split{i}" for i in range(readers)], {})

    def inputs(self, node):
        return [self.blob(name) for name in node["inputs"]]

    def with_act(self, node, kind, params):
        if node["act"]["kind"] == "linear":
            return self.layer(kind, self.inputs(node), node["name"], params)
        self.line(kind, self.inputs(node), [node["name"] + ".before"], params)
        return self.act(node["act"], node["name"] + ".before", node["name"])

    def act(self, act, x, output):
        kind, params = {
            "relu": ("ReLU", {}),
            "leaky": ("ReLU", {0: act["slope"]}),
            "relu6": ("Clip", {0: 0.0, 1: 6.0}),
            "logistic": ("Sigmoid", {}),
            "mish": ("Mish", {}),
            "swish": ("Swish", {}),
        }[act["kind"]]
        self.layer(kind, [x], output, params)

    def conv2d(self, node):
        weight, *bias = self.net.params(node)
        params = {0: node["out_c"], 1: node["kernel_w"], 11: node["kernel_h"], 3: node["stride_w"], 13: node["stride_h"]}
        params |= {4: node["pad_left"], 14: node["pad_top"], 15: node["pad_right"], 16: node["pad_bottom"], 5: len(bias), 6: weight.size}
        if node["groups"] > 1:
            params[7] = node["groups"]
        self.weights += struct.pack("<I", 0) + np.ascontiguousarray(weight, "<f4").tobytes()  # the tag 0: float32 follows
        for array in bias:
            self.weights += np.ascontiguousarray(array, "<f4").tobytes()
        kind = "ConvolutionDepthWise" if node["groups"] > 1 else "Convolution"
        act = node["act"]
        if act["kind"] in FUSED:
            params |= {9: FUSED[act["kind"]]} | ({-23310: [act["slope"]]} if act["kind"] == "leaky" else {})
            self.layer(kind, self.inputs(node), node["name"], params)
        else:
            self.with_act(node, kind, params)

    def activation(self, node):
        self.act(node["act"], *self.inputs(node), node["name"])

    def add(self, node):
        self.with_act(node, "BinaryOp", {0: 0})

    def scale(self, node):
        self.with_act(node, "BinaryOp", {0: 2})

    def max_pool(self, node):
        (x,) = self.inputs(node)
        sides = {side: node["pad_" + side] for side in ("top", "bottom", "left", "right")}
        if node["outside"] == "zero":
            self.line("Padding", [x], [node["name"] + ".padded"], {**dict(enumerate(sides.values())), 4: 0, 5: 0.0})
            x, sides = node["name"] + ".padded", dict.fromkeys(sides, 0)
        self.layer("Pooling", [x], node["name"], {0: 0, **self.window(node, sides), 5: 1})

    def avg_pool(self, node):
        if not node["global"]:
            raise Problem(f"node {node['name']}: expected a global mean, found windows")
        name = node["name"]
        self.line("Pooling", self.inputs(node), [name + ".mean"], {0: 1, 4: 1})  # a vector of c
        self.layer("Reshape", [name + ".mean"], name, {0: 1, 1: 1, 2: -1})  # 1 x 1 pixels of c channels

    def window(self, node, sides):
        params = {1: node["kernel_w"], 11: node["kernel_h"], 2: node["stride_w"], 12: node["stride_h"]}
        return params | {3: sides["left"], 13: sides["top"], 14: sides["right"], 15: sides["bottom"]}

    def upsample(self, node):
        self.layer("Interp", self.inputs(node), node["name"], {0: 1, 1: float(node["factor"]), 2: float(node["factor"])})

    def concat(self, node):
        self.layer("Concat", self.inputs(node), node["name"], {0: 0})

    def pixel_shuffle(self, node):
        self.layer("PixelShuffle", self.inputs(node), node["name"], {0: node["factor"], 1: 0})


def write(net, path):
    """Writes path.param and path.bin.  Returns the names of the input and of the outputs."""
    exporter = Exporter(net)
    outputs = exporter.outputs()
    with open(path + ".param", "w", encoding="ascii") as file:
        file.write(f"{MAGIC}\n{len(exporter.lines)} {exporter.blobs}\n" + "\n".join(exporter.lines) + "\n")
    with open(path + ".bin", "wb") as file:
        file.write(exporter.weights)
    return exporter.blob(net.input["name"]), outputs
