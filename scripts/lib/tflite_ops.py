# The ops of .tflite files as nodes of our graphs.
# SPDX-License-Identifier: MIT
"""Only what the chosen outputs need is converted.  Maps are [1, h, w, c] in the file.  A pad in front of a convolution or a pooling becomes a part of it."""

import dataclasses

import numpy as np

from lib import resize, tflite_file
from lib.graph import Graph, act, window
from lib.problem import Problem, excerpt

ADD, CONCATENATION, CONV_2D, DEPTHWISE_CONV_2D, DEPTH_TO_SPACE, DEQUANTIZE, LOGISTIC, MAX_POOL_2D, RELU, RELU6, RESHAPE, RESIZE_BILINEAR, PAD, DENSIFY = (
    0, 2, 3, 4, 5, 6, 14, 17, 19, 21, 22, 23, 34, 124)  # BuiltinOperator
NAMES = {
    9: "FULLY_CONNECTED", 1: "AVERAGE_POOL_2D", 18: "MUL", 25: "SOFTMAX", 32: "CUSTOM", 39: "TRANSPOSE", 40: "MEAN", 45: "STRIDED_SLICE", 54: "PRELU",
    67: "TRANSPOSE_CONV", 97: "RESIZE_NEAREST_NEIGHBOR", 114: "QUANTIZE", 117: "HARD_SWISH",
}
ACTS = {0: "linear", 1: "relu", 3: "relu6"}  # ActivationFunctionType
SAME, VALID = 0, 1  # Padding
MAX_SIDE = 65536
MAX_MATRIX = 4096  # channels that a matrix reorders or pads
FLOAT32 = 0  # TensorType


@dataclasses.dataclass(frozen=True)
class Value:
    """node: its name; pads: top, left, bottom, right of zeros around it, which the shape does not contain"""

    node: str
    shape: tuple  # h, w, c
    pads: tuple = (0, 0, 0, 0)


class Converter:
    def __init__(self, path, network):
        self.path, self.network, self.graph = path, network, Graph("", path)
        self.values, self.constants = {}, {i: t.value for i, t in enumerate(network.tensors) if t.value is not None}

    def fail(self, operator, expected, found):
        name = self.network.tensors[operator.outputs[0]].name if operator.outputs else ""
        raise Problem(f"{self.path}: {excerpt(name)}: expected {expected}, found {found}")

    def name_of(self, i):
        """Returns the last part of a tensor's name, and its number, as viewers of these files show it.  Whole names are long, and not distinct."""
        return f"{self.network.tensors[i].name.split(';')[0].split('/')[-1][:60]}.{i}"

    # ---- What an operator reads.

    def constant(self, operator, i, *dims):
        """Returns input i, which must be a constant of so many dimensions."""
        value = self.constants.get(operator.inputs[i]) if i < len(operator.inputs) else None
        if value is None or value.ndim not in dims:
            self.fail(operator, f"input {i} to be a constant", "none" if value is None else f"one of shape {value.shape}")
        return value

    def map(self, operator, i=0, padded=False):
        """Returns input i, which must be a map.  padded: zeros around it are allowed"""
        value = self.values.get(operator.inputs[i]) if i < len(operator.inputs) else None
        if value is None:
            self.fail(operator, f"input {i} to be a map", "none")
        if any(value.pads) and not padded:
            self.fail(operator, "a pad in front of a convolution or a pooling", "one in front of another op")
        return value

    def options(self, operator):
        if operator.options is None:
            self.fail(operator, "the options of the op", "none")
        return operator.options

    def act_of(self, operator, field):
        code = self.options(operator).number(field, "<b")
        if code not in ACTS:
            self.fail(operator, "the activation NONE, RELU or RELU6", f"number {code}")
        return act(ACTS[code])

    # ---- What it makes.

    def add(self, operator, op, inputs, shape, fields, params=()):
        self.values[operator.outputs[0]] = Value(self.graph.add(self.name_of(operator.outputs[0]), op, inputs, params, fields), shape)

    def expect_shape(self, operator):
        """Compares the shape of the result with that in the file."""
        tensor, value = self.network.tensors[operator.outputs[0]], self.values.get(operator.outputs[0])
        if value is None:
            return
        h, w, c = value.shape
        made = (1, h + value.pads[0] + value.pads[2], w + value.pads[1] + value.pads[3], c)
        if tensor.shape != made and not (made[:3] == (1, 1, 1) and tensor.shape == (1, c)):
            self.fail(operator, f"the shape {list(made)}", f"{list(tensor.shape)}")

    def window_of(self, operator, value, kernel, stride_fields):
        """Returns (fields, height and width of the result)."""
        options = self.options(operator)
        strides = tuple(options.number(field) for field in stride_fields)
        padding = options.number(0, "<b")
        if padding not in (SAME, VALID) or not all(1 <= n <= MAX_SIDE for n in (*strides, *kernel)):
            self.fail(operator, "the padding SAME or VALID, strides and a kernel", f"{padding}, {strides}, {kernel}")
        pads, out = list(value.pads), []
        for i in range(2):
            size = value.shape[i] + value.pads[i] + value.pads[i + 2]
            total = max(0, (-(-size // strides[i]) - 1) * strides[i] + kernel[i] - size) if padding == SAME else 0
            pads[i] += total // 2
            pads[i + 2] += total - total // 2
            out.append((size + total - kernel[i]) // strides[i] + 1)
        if min(out) < 1 or max(*pads, *out) > MAX_SIDE:
            self.fail(operator, "a result of at least one pixel", f"{out}")
        return window(kernel, strides, pads), tuple(out)

    def conv(self, operator, groups, weight, fields, shape):
        bias = self.constant(operator, 2, 1) if len(operator.inputs) > 2 and operator.inputs[2] >= 0 else np.zeros(weight.shape[0], np.float32)
        if bias.shape != (weight.shape[0],):
            self.fail(operator, f"a bias of {weight.shape[0]}", f"{bias.shape}")
        name = self.name_of(operator.outputs[0])
        params = [(f"{name}:weight", np.ascontiguousarray(weight, np.float32)), (f"{name}:bias", bias.astype(np.float32))]
        fields = {"in_c": weight.shape[1] * groups, "out_c": weight.shape[0], **fields, "groups": groups, "bias": True, "act": fields.pop("act"), "residual": False,
                  "post": act()}
        self.add(operator, "conv2d", [self.map(operator, 0, True).node], (*shape, weight.shape[0]), fields, params)

    def conv_2d(self, operator):
        x, weight = self.map(operator, 0, True), self.constant(operator, 1, 4).transpose(0, 3, 1, 2)
        self.expect_dilation(operator, 4)
        if weight.shape[1] != x.shape[2]:
            self.fail(operator, f"a weight for {x.shape[2]} channels", f"{weight.shape[1]}")
        fields, out = self.window_of(operator, x, weight.shape[2:], (2, 1))
        self.conv(operator, 1, weight, {**fields, "act": self.act_of(operator, 3)}, out)

    def depthwise_conv_2d(self, operator):
        x, weight = self.map(operator, 0, True), self.constant(operator, 1, 4)
        self.expect_dilation(operator, 5)
        if weight.shape[0] != 1 or x.shape[2] == 0 or weight.shape[3] % x.shape[2]:
            self.fail(operator, f"a weight [1, h, w, {x.shape[2]} n]", f"{weight.shape}")
        fields, out = self.window_of(operator, x, weight.shape[1:3], (2, 1))
        self.conv(operator, x.shape[2], weight.transpose(3, 0, 1, 2), {**fields, "act": self.act_of(operator, 4)}, out)

    def expect_dilation(self, operator, first):
        dilation = tuple(self.options(operator).number(field, default=1) for field in (first, first + 1))
        if dilation != (1, 1):
            self.fail(operator, "a convolution without dilation", f"{dilation}")

    def max_pool(self, operator):
        x, options = self.map(operator, 0, True), self.options(operator)
        fields, out = self.window_of(operator, x, (options.number(4), options.number(3)), (2, 1))
        if options.number(5, "<b") != 0:
            self.fail(operator, "a pooling without an activation", "one with it")
        self.add(operator, "max_pool", [x.node], (*out, x.shape[2]), {**fields, "outside": "zero" if any(x.pads) else "ignore"})

    def add_maps(self, operator):
        a, b = self.map(operator, 0), self.map(operator, 1)
        if a.shape != b.shape:
            self.fail(operator, f"two maps of the same shape {a.shape}", f"{b.shape}")
        self.add(operator, "add", [a.node, b.node], a.shape, {"act": self.act_of(operator, 0)})

    def activation(self, operator, kind):
        x = self.map(operator)
        self.add(operator, "activation", [x.node], x.shape, {"act": act(kind)})

    def concat(self, operator):
        maps = [self.map(operator, i) for i in range(len(operator.inputs))]
        axis = self.options(operator).number(0)
        if not maps or axis not in (3, -1) or any(m.shape[:2] != maps[0].shape[:2] for m in maps) or self.options(operator).number(1, "<b") != 0:
            self.fail(operator, "channels of maps of the same size", f"axis {axis} of {[m.shape for m in maps]}")
        self.add(operator, "concat", [m.node for m in maps], (*maps[0].shape[:2], sum(m.shape[2] for m in maps)), {})

    def depth_to_space(self, operator):
        """TFLite's channels are ordered by row and column within the block, ours by the channel of the result: a convolution of 1 x 1 reorders them."""
        x, factor = self.map(operator), self.options(operator).number(0)
        h, w, c = x.shape
        if not 1 <= factor <= 64 or c % (factor * factor):
            self.fail(operator, "a block that the channels can fill", f"{factor} for {c} channels")
        self.expect_matrix(operator, c)
        made = c // (factor * factor)
        order = np.arange(c).reshape(factor * factor, made).T.ravel()
        reordered = self.pointwise(operator, x, np.eye(c, dtype=np.float32)[order], "reordered")
        self.add(operator, "pixel_shuffle", [reordered], (h * factor, w * factor, made), {"factor": factor})

    def resize_bilinear(self, operator):
        x, size, options = self.map(operator), self.constant(operator, 1, 1), self.options(operator)
        if size.shape != (2,) or size.min() < 1 or size.max() > MAX_SIDE:
            self.fail(operator, f"a height and a width of 1 to {MAX_SIDE}", excerpt(size.tolist()))
        sides = [(out / side, int(out)) for out, side in zip(size.tolist(), x.shape)]
        align_corners, half_pixel = (options.number(field, "<b") != 0 for field in (2, 3))
        if align_corners and half_pixel:
            self.fail(operator, "align_corners or half_pixel_centers", "both")
        rule = "align_corners" if align_corners else "half_pixel" if half_pixel else "asymmetric"
        self.add(operator, "resize", [x.node], (sides[0][1], sides[1][1], x.shape[2]), resize.linear(rule, sides, x.shape[:2]))

    def pointwise(self, operator, x, weight, what):
        """Adds a convolution of 1 x 1 with a matrix [out, in].  Returns the node's name."""
        name = f"{self.name_of(operator.outputs[0])}:{what}"
        fields = {"in_c": weight.shape[1], "out_c": weight.shape[0], **window((1, 1), (1, 1), (0, 0, 0, 0)), "groups": 1, "bias": False, "act": act(),
                  "residual": False, "post": act()}
        return self.graph.add(name, "conv2d", [x.node], [(f"{name}:weight", weight.reshape(*weight.shape, 1, 1))], fields)

    def expect_matrix(self, operator, channels):
        if channels > MAX_MATRIX:
            self.fail(operator, f"at most {MAX_MATRIX} channels", f"{channels}")

    def pad(self, operator):
        x, pads = self.map(operator, 0, True), self.constant(operator, 1, 2)
        if pads.shape != (4, 2) or pads.min() < 0 or pads.max() > MAX_SIDE or pads[0].any() or pads[3, 0] or (pads[3, 1] and pads[1:3].any()):
            self.fail(operator, "zeros around a map, or channels after its own", excerpt(pads.tolist()))
        if pads[3, 1]:
            x = self.map(operator)
            self.expect_matrix(operator, x.shape[2] + int(pads[3, 1]))
            wider = np.eye(x.shape[2] + int(pads[3, 1]), x.shape[2], dtype=np.float32)
            self.values[operator.outputs[0]] = Value(self.pointwise(operator, x, wider, "padded"), (*x.shape[:2], wider.shape[0]))
            return
        more = (pads[1, 0], pads[2, 0], pads[1, 1], pads[2, 1])
        self.values[operator.outputs[0]] = Value(x.node, x.shape, tuple(int(a + b) for a, b in zip(x.pads, more)))

    def reshape(self, operator):
        """One pixel stays what it is; others would need rows in place of maps."""
        x = self.map(operator)
        if x.shape[:2] != (1, 1):
            self.fail(operator, "a reshape of one pixel: choose the maps before it by --outputs", f"one of {x.shape}")
        self.values[operator.outputs[0]] = x

    def dequantize(self, operator):
        value = self.constant(operator, 0, *range(9))
        if value.dtype != np.float16:
            self.fail(operator, "a constant of 16-bit floats", f"{value.dtype}")
        self.constants[operator.outputs[0]] = value.astype(np.float32)

    def densify(self, operator):
        self.constants[operator.outputs[0]] = self.constant(operator, 0, *range(9))  # the reader made it dense

    # ---- The network.

    def needed(self, outputs):
        """Returns the operators that the tensors need, in the file's order."""
        wanted, chosen = set(outputs), []
        for operator in reversed(self.network.operators):
            if wanted.intersection(operator.outputs):
                chosen.append(operator)
                wanted.update(operator.inputs)
        return chosen[::-1]

    def maps_of(self, i):
        """Returns the tensors whose values tensor i lists row after row, as the outputs of detectors do: [i] for a map.  Graphs have no op for that."""
        makers = [operator for operator in self.network.operators if i in operator.outputs]
        if not makers or len(self.network.tensors[i].shape) != 3:
            return [i]
        joined = makers[0].inputs if makers[0].code == CONCATENATION else makers[0].inputs[:1] if makers[0].code == RESHAPE else ()
        return [source for j in joined for source in self.maps_of(j)] or [i]

    def run(self, outputs):
        """Converts what the tensors `outputs` need.  Returns [(node, (h, w, c))] of them, or of the maps that they list."""
        outputs = [source for i in outputs for source in self.maps_of(i)]
        if len(self.network.inputs) != 1:
            raise Problem(f"{self.path}: expected one input, found {len(self.network.inputs)}")
        tensor = self.network.tensors[self.network.inputs[0]]
        if len(tensor.shape) != 4 or tensor.shape[0] != 1 or min(tensor.shape) < 1 or max(tensor.shape) > MAX_SIDE or tensor.kind != FLOAT32:
            raise Problem(f"{self.path}: expected an input [1, h, w, c] of 32-bit floats, found {list(tensor.shape)} of type {tensor.kind}")
        _, h, w, c = tensor.shape
        self.values[self.network.inputs[0]] = Value(self.graph.add(self.name_of(self.network.inputs[0]), "input", [], [], {"shape": {"n": 1, "h": h, "w": w, "c": c}}), (h, w, c))
        for operator in self.needed(outputs):
            if operator.code not in CONVERTERS:
                self.fail(operator, "an op of docs/cli.md", NAMES.get(operator.code, f"number {operator.code}"))
            if len(operator.outputs) != 1:
                self.fail(operator, "one output", f"{len(operator.outputs)}")
            try:
                CONVERTERS[operator.code](self, operator)
            except tflite_file.Damaged as damaged:  # in the options
                raise Problem(f"{self.path}: {damaged}") from None
            self.expect_shape(operator)
        for i in outputs:
            if i not in self.values or any(self.values[i].pads):
                raise Problem(f"{self.path}: {excerpt(self.network.tensors[i].name)}: expected a map, found a constant, an input or a pad")
        return [(self.values[i].node, self.values[i].shape) for i in outputs]


CONVERTERS = {
    ADD: Converter.add_maps,
    CONCATENATION: Converter.concat,
    CONV_2D: Converter.conv_2d,
    DENSIFY: Converter.densify,
    DEPTHWISE_CONV_2D: Converter.depthwise_conv_2d,
    DEPTH_TO_SPACE: Converter.depth_to_space,
    DEQUANTIZE: Converter.dequantize,
    LOGISTIC: lambda self, operator: self.activation(operator, "logistic"),
    MAX_POOL_2D: Converter.max_pool,
    PAD: Converter.pad,
    RELU: lambda self, operator: self.activation(operator, "relu"),
    RELU6: lambda self, operator: self.activation(operator, "relu6"),
    RESHAPE: Converter.reshape,
    RESIZE_BILINEAR: Converter.resize_bilinear,
}
