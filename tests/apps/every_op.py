# A network that has every op, small enough for an emulated CPU.
# SPDX-License-Identifier: MIT
"""Some shapes are whole blocks of channels, others leave padding lanes.  Left out: simcc_head, whose largest bin changes with any rounding."""
import json

import tiny_models


def act(kind="linear"):
    return {"kind": kind, "slope": 0.1}


def window(kernel, stride=1, pad=0):
    return {"kernel_h": kernel, "kernel_w": kernel, "stride_h": stride, "stride_w": stride, "pad_top": pad, "pad_left": pad, "pad_bottom": pad,
            "pad_right": pad}


class Net:
    """Nodes and the tensors that they name."""

    def __init__(self, h, w):
        self.tensors, self.seed = {}, 1
        self.nodes = [{"name": "data", "op": "input", "inputs": [], "params": [], "shape": {"n": 1, "h": h, "w": w, "c": 3}}]

    def add(self, name, op, inputs, params=(), **fields):
        self.nodes.append({"name": name, "op": op, "inputs": list(inputs), "params": list(params), **fields})

    def parameter(self, name, shape, low, high):
        count = 1
        for side in shape:
            count *= side
        values = []
        for _ in range(count):
            self.seed = (self.seed * 1103515245 + 12345) % 2**31
            values.append(low + (high - low) * self.seed / 2**31)
        self.tensors[name] = (list(shape), values)
        return name

    def weights(self, name, shape, terms, bias):
        """Adds a weight and a bias that keep the values near 1."""
        size = (3 / terms) ** 0.5
        return [self.parameter(f"{name}.weight", shape, -size, size), self.parameter(f"{name}.bias", [bias], -0.2, 0.2)]

    def conv(self, name, x, in_c, out_c, kernel, stride=1, groups=1, kind="leaky"):
        params = self.weights(name, [out_c, in_c // groups, kernel, kernel], in_c // groups * kernel * kernel, out_c)
        self.add(name, "conv2d", [x], params, in_c=in_c, out_c=out_c, **window(kernel, stride, kernel // 2), groups=groups, bias=True, act=act(kind),
                 residual=False, post=act())

    def conv_transpose(self, name, x, in_c, out_c, groups=1):
        params = self.weights(name, [in_c, out_c // groups, 4, 4], in_c // groups * 4, out_c)
        self.add(name, "conv_transpose2d", [x], params, in_c=in_c, out_c=out_c, **window(4, 2, 1), output_pad_h=0, output_pad_w=0, groups=groups,
                 bias=True, act=act("relu"))


def write(folder, name="every_op"):
    """Writes the file and returns the size of its input."""
    h, w = 16, 24
    net = Net(h, w)
    net.conv("stem", "data", 3, 32, 3, kind="mish")
    net.conv("depthwise", "stem", 32, 32, 3, groups=32, kind="relu6")
    net.conv("pointwise", "depthwise", 32, 64, 1, kind="swish")
    net.conv("grouped", "pointwise", 64, 64, 3, groups=4)
    net.add("sum", "add", ["pointwise", "grouped"], act=act("relu"))
    net.add("half", "max_pool", ["sum"], **window(2, 2), outside="ignore")
    net.conv("wide", "half", 64, 64, 3)
    net.add("spp", "max_pool", ["wide"], **window(5, 1, 2), outside="zero")
    net.add("mean", "avg_pool", ["wide"], **{"global": False}, **window(3, 1, 1), count_outside=False)
    net.add("both", "add", ["spp", "mean"], act=act("leaky"))
    net.add("cat", "concat", ["wide", "spp", "both"])
    net.add("squeeze", "avg_pool", ["cat"], **{"global": True}, **window(1), count_outside=False)
    net.conv("dense", "squeeze", 192, 100, 1, kind="relu")
    net.conv("excite", "dense", 100, 192, 1, kind="logistic")
    net.add("scaled", "scale", ["cat", "excite"], residual=False, act=act())
    net.add("shuffled", "pixel_shuffle", ["scaled"], factor=2)
    net.conv_transpose("decoded", "shuffled", 48, 20)
    net.conv_transpose("smoothed", "shuffled", 48, 48, groups=48)
    net.add("part", "slice", ["scaled"], begin=10, count=40)
    norm = [net.parameter(f"norm.{p}", [40], 0.5, 1.5) for p in ["gamma", "beta", "mean", "var"]]
    net.add("norm", "batch_norm", ["part"], norm, c=40, eps=1e-5, act=act("leaky"))
    net.add("up", "upsample", ["norm"], factor=2)
    net.add("active", "activation", ["up"], act=act("mish"))
    net.add("moved", "rearrange", ["active"], kind="crop", factor=1, top=0, left=0, height=h, width=w, scale=0.5, shift=0.25)
    net.add("decoded_half", "max_pool", ["decoded"], **window(2, 2), outside="ignore")
    net.add("odd", "concat", ["moved", "decoded_half"])
    net.add("shares", "softmax", ["odd"])
    net.add("rows", "permute", ["shares"], axes=2, size=[60, h * w], order=[1, 0], channels=h * w, height=1, width=60)
    net.add("columns", "permute", ["shares"], axes=2, size=[60, h * w], order=[0, 1], channels=60, height=1, width=h * w)
    net.add("products", "matmul", ["rows", "columns"])
    net.add("table", "constant", [], [net.parameter("table.value", [60, 1, 1], 0.5, 1.5)], channels=60, height=1, width=1)
    net.add("weighted", "binary", ["shares", "table"], kind="mul")
    norm = [net.parameter(f"level.{p}", [60], 0.5, 1.5) for p in ["gamma", "beta"]]
    net.add("level", "layer_norm", ["weighted"], norm, c=60, eps=1e-5)
    net.add("resized", "resize", ["level"], kind="linear", height=h // 2, width=w, scale_y=2.0, shift_y=0.5, scale_x=1.0, shift_x=0.0)
    net.conv("raw", "resized", 60, 21, 1, kind="linear")
    net.add("boxes", "yolo_head", ["raw"], anchors=3, classes=2, anchor_w=[8, 12, 20], anchor_h=[9, 14, 24], scale_x_y=1.05, net_w=w, net_h=h,
            kind="yolo", side=0, squared=False)
    graph = {"format": 1, "title": name, "nodes": net.nodes, "outputs": ["boxes", "smoothed", "products"], "pose": None}
    (folder / f"{name}.safetensors").write_bytes(tiny_models.safetensors(net.tensors, {"graph": json.dumps(graph)}))
    return h, w
