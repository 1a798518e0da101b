# Bugs planted into one layer of a small network that has every op, one of each kind.
# SPDX-License-Identifier: MIT
"""A bug changes the graph or tensors of `every_op`, or the reference's values of a layer without readers (our run would propagate them otherwise)."""
import json
import struct

import tiny_models


def read(path):
    """Returns metadata and name -> [shape, values] of a safetensors file of F32."""
    data = path.read_bytes()
    length = 8 + struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = [entry["shape"], list(struct.unpack(f"<{(end - begin) // 4}f", data[length + begin:length + end]))]
    return metadata, tensors


def write(path, metadata, tensors):
    path.write_bytes(tiny_models.safetensors({name: (shape, values) for name, (shape, values) in tensors.items()}, metadata))


class Net:
    """A graph file that can be changed."""

    def __init__(self, path):
        metadata, self.tensors = read(path)
        self.graph = json.loads(metadata["graph"])

    def node(self, name):
        return next(n for n in self.graph["nodes"] if n["name"] == name)

    def values(self, name):
        return self.tensors[name][1]

    def insert_before(self, name, node):
        nodes = self.graph["nodes"]
        nodes.insert(nodes.index(self.node(name)), node)

    def save(self, path):
        write(path, {"graph": json.dumps(self.graph)}, self.tensors)


def transposed(values, rows, columns, block=1):
    """Returns [rows][columns][block] read as if it were [columns][rows][block]."""
    cells = [values[i * block:(i + 1) * block] for i in range(rows * columns)]
    return [v for r in range(rows) for c in range(columns) for v in cells[c * rows + r]]


def half(value):
    return struct.unpack("<e", struct.pack("<e", value))[0]


def plain_conv(name, source, params, channels):
    node = tiny_models.conv2d(name, source, params, channels, channels, 1, 1, 0)
    return node


def shuffle_order(net):
    """Plants a PixelShuffle that takes columns before rows: the channels of every block of four are transposed before it."""
    channels = net.node("scaled")
    count = 192
    weight = [0.0] * (count * count)
    for c in range(count):
        block, row, column = c // 4, c % 4 // 2, c % 2
        weight[c * count + block * 4 + column * 2 + row] = 1.0
    net.tensors["order.weight"] = [[count, count, 1, 1], weight]
    net.tensors["order.bias"] = [[count], [0.0] * count]
    net.insert_before("shuffled", plain_conv("order", channels["name"], ["order.weight", "order.bias"], count))
    net.node("shuffled")["inputs"] = ["order"]


def shifted_upsample(net):
    """Plants an upsampling by 2 that is one pixel off: a transposed convolution whose ones are in the wrong corner."""
    node = net.node("up")
    weight = [1.0 if y < 2 and x < 2 else 0.0 for _ in range(40) for y in range(4) for x in range(4)]
    net.tensors["up.weight"] = [[40, 1, 4, 4], weight]
    window = {"kernel_h": 4, "kernel_w": 4, "stride_h": 2, "stride_w": 2, "pad_top": 1, "pad_left": 1, "pad_bottom": 1, "pad_right": 1}
    del node["factor"]
    node.update({"op": "conv_transpose2d", "params": ["up.weight"], "in_c": 40, "out_c": 40, **window, "output_pad_h": 0, "output_pad_w": 0, "groups": 40,
                 "bias": False, "act": {"kind": "linear", "slope": 0.1}})


def padding(net):
    node = net.node("stem")
    node["pad_top"], node["pad_bottom"] = 2, 0


def transpose(net):
    net.values("pointwise.weight")[:] = transposed(net.values("pointwise.weight"), 64, 32)


def transpose_back(net):
    net.values("decoded.weight")[:] = transposed(net.values("decoded.weight"), 48, 20, 16)


def flip(net):
    values = net.values("depthwise.weight")
    for c in range(32):
        values[c * 9:(c + 1) * 9] = values[c * 9:(c + 1) * 9][::-1]


def swap_channels(net):
    values, size = net.values("wide.weight"), 64 * 9
    values[:size], values[size:2 * size] = values[size:2 * size], values[:size]


def one_bias(net):
    net.values("grouped.bias")[17] += 0.01


def round_weights(net):
    net.values("dense.weight")[:] = [half(v) for v in net.values("dense.weight")]


def swap_norm(net):
    net.node("norm")["params"] = ["norm.gamma", "norm.beta", "norm.var", "norm.mean"]


def change(name, **fields):
    return lambda net: net.node(name).update(fields)


# kind -> (the layer where it must be found, the function that changes the net)
IN_THE_NET = {
    "wrong eps of a batch norm": ("norm", change("norm", eps=1e-3)),
    "mean and variance swapped": ("norm", swap_norm),
    "transposed weights": ("pointwise", transpose),
    "transposed weights of a transposed convolution": ("decoded", transpose_back),
    "filters turned around": ("depthwise", flip),
    "padding off by one": ("stem", padding),
    "two output channels swapped": ("wide", swap_channels),
    "one wrong bias": ("grouped", one_bias),
    "weights rounded to half": ("dense", round_weights),
    "activation left out": ("depthwise", change("depthwise", act={"kind": "linear", "slope": 0.1})),
    "wrong slope of a leaky ReLU": ("grouped", change("grouped", act={"kind": "leaky", "slope": 0.2})),
    "rows and columns of PixelShuffle swapped": ("shuffled", shuffle_order),
    "upsampling shifted by a pixel": ("up", shifted_upsample),
    "order of a concat": ("cat", change("cat", inputs=["spp", "wide", "both"])),
    "stale value of another layer": ("sum", change("sum", inputs=["pointwise", "pointwise"])),
    "a slice off by one": ("part", change("part", begin=11)),
    "max-pool that ignores its zero padding": ("spp", change("spp", outside="ignore")),
    "average that counts its padding": ("mean", change("mean", count_outside=True)),
    "width and height of anchors swapped": ("boxes", change("boxes", anchor_w=[9, 14, 24], anchor_h=[8, 12, 20])),
}


def plant(value):
    def into(values):
        values[len(values) // 3] = value(values[len(values) // 3])
    return into


# kind -> (the layer, the function that changes the reference's values)
IN_THE_REFERENCE = {
    "a NaN": ("smoothed", plant(lambda _: float("nan"))),
    "an infinity": ("smoothed", plant(lambda _: float("inf"))),
    "a far negative": ("boxes", plant(lambda v: -10 * abs(v) - 50)),
    "one value off by a thousandth": ("boxes", plant(lambda v: v * (1 + 2**-10))),
}
