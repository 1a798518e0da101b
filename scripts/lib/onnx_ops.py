# Converts each ONNX op to our graph.  Source: the operator documentation of ONNX (docs/Operators.md, docs/Changelog.md).
# SPDX-License-Identifier: MIT

import math

import numpy as np

from lib import onnx_shapes as shapes
from lib import onnx_windows as windows
from lib.graph import act, window
from lib.onnx_model import NO_PAD

FLOAT_MAX = float(np.finfo(np.float32).max)


def conv(step):
    x = step.map(0, padded=True)
    groups = step.attr("group", 1)
    name, w = step.weights(1, "the weight")
    if w.ndim != 4 or groups < 1 or w.shape[1] * groups != x.chw[0]:
        step.fail(f"a weight (out, {x.chw[0]} / {groups}, kh, kw)", f"{w.shape}")
    params = [(name, w)] + ([step.weights(2, "the bias", w.shape[:1])] if step.has(2) else [])
    win = windows.convolution(step, x, w.shape[2:])
    fields = {"in_c": x.chw[0], "out_c": w.shape[0], **window(win.kernel, win.strides, win.pads), "groups": groups, "bias": len(params) == 2}
    fields |= {"act": act(), "residual": False, "post": act()}
    step.add("conv2d", [x], (w.shape[0], *win.out), fields, params)


def conv_transpose(step):
    x = step.map(0)
    groups = step.attr("group", 1)
    name, w = step.weights(1, "the weight")
    if w.ndim != 4 or groups < 1 or w.shape[0] != x.chw[0]:
        step.fail(f"a weight ({x.chw[0]}, out / {groups}, kh, kw)", f"{w.shape}")
    out_c = w.shape[1] * groups
    params = [(name, w)] + ([step.weights(2, "the bias", (out_c,))] if step.has(2) else [])
    win = windows.transposed_convolution(step, x, w.shape[2:])
    fields = {"in_c": x.chw[0], "out_c": out_c, **window(win.kernel, win.strides, win.pads)}
    fields |= {"output_pad_h": win.output_pad[0], "output_pad_w": win.output_pad[1], "groups": groups, "bias": len(params) == 2, "act": act()}
    step.add("conv_transpose2d", [x], (out_c, *win.out), fields, params)


def gemm(step):
    """Converts a fully connected layer to a convolution whose kernel covers the whole map."""
    x = step.value(0)
    inputs = math.prod(x.chw)
    if len(x.dims) != 2:
        step.fail("a flattened map (n, c * h * w)", f"shape {x.dims}")
    for name, wanted, default in (("transA", 0, 0), ("alpha", 1.0, 1.0), ("beta", 1.0, 1.0)):
        step.expect_attr(name, wanted, default)
    name, w = step.weights(1, "the weight")
    w = w if step.attr("transB", 0) else w.T
    if w.ndim != 2 or w.shape[1] != inputs:
        step.fail(f"a weight of {inputs} inputs", f"{name} {w.shape}")
    params = [(name, w.reshape(w.shape[0], *x.chw))]
    if step.has(2):
        name, bias = step.weights(2, "the bias")
        if bias.size != w.shape[0]:
            step.fail(f"a bias of {w.shape[0]} numbers", f"{name} {bias.shape}")
        params.append((name, bias.ravel()))
    fields = {"in_c": x.chw[0], "out_c": w.shape[0], **window(x.chw[1:], (1, 1), NO_PAD), "groups": 1, "bias": len(params) == 2}
    fields |= {"act": act(), "residual": False, "post": act()}
    step.add("conv2d", [x], (w.shape[0], 1, 1), fields, params, dims=(x.dims[0], w.shape[0]))


def batch_normalization(step):
    x = step.map(0)
    step.attr("momentum")
    step.attr("spatial")  # opset 7, 8: with 0 the parameters could have the shape of the map; here they have one number per channel
    step.expect_attr("training_mode", 0, 0)
    params = [step.weights(i, what, x.chw[:1]) for i, what in enumerate(("scale", "B", "mean", "var"), 1)]
    fields = {"c": x.chw[0], "eps": float(np.float32(step.attr("epsilon", 1e-5))), "act": act()}
    step.add("batch_norm", [x], x.chw, fields, params, dims=x.dims)


def activation(kind, slope=None):
    def convert(step):
        x = step.map(0)
        fields = {"act": act(kind, step.attr("alpha", slope))} if slope is not None else {"act": act(kind)}
        step.add("activation", [x], x.chw, fields, dims=x.dims)

    return convert


def clip(step):
    if step.opset < 11:
        low, high = step.attr("min", -FLOAT_MAX), step.attr("max", FLOAT_MAX)
    else:
        low, high = (float(step.constant(i, "a limit")[1]) if step.has(i) else limit for i, limit in ((1, -FLOAT_MAX), (2, FLOAT_MAX)))
    if low != 0 or (high != 6 and high < FLOAT_MAX):
        step.fail("limits 0 and 6, or 0 alone", f"{low} and {high}")
    activation("relu6" if high == 6 else "relu")(step)


def add(step):
    a, b = step.map(0), step.map(1)
    if a.dims != b.dims:
        step.fail("two maps of the same shape", f"{a.dims} and {b.dims}")
    step.add("add", [a, b], a.chw, {"act": act()}, dims=a.dims)


def mul(step):
    """Converts x * s with one number of s per channel (squeeze and excitation), or x * sigmoid(x)."""
    a, b = step.map(0), step.map(1)
    swished = _swished(step)
    if swished is not None:
        step.add("activation", [swished], swished.chw, {"act": act("swish")}, dims=swished.dims)
        return
    x, s = (b, a) if a.chw[1:] == (1, 1) else (a, b)
    if len(x.dims) != len(s.dims) or s.chw != (x.chw[0], 1, 1):
        step.fail("a map and one number for each of its channels (n, c, 1, 1)", f"{a.dims} and {b.dims}")
    step.add("scale", [x, s], x.chw, {"residual": False, "act": act()}, dims=x.dims)


def _swished(step):
    nodes = {node["name"]: node for node in step.model.graph.nodes}
    for x, s in ((0, 1), (1, 0)):
        node, x = nodes[step.map(s).node], step.map(x)
        if node["op"] == "activation" and node["act"]["kind"] == "logistic" and node["inputs"] == [x.node]:
            return x
    return None


def max_pool(step):
    x = step.map(0, padded=True)
    step.expect_attr("storage_order", 0, 0)
    win = windows.pooling(step, x)
    if x.pad != NO_PAD and any(win.own_pads):
        step.fail("padding either by Pad or by the pooling", f"{x.pad} and {win.own_pads}")
    fields = {**window(win.kernel, win.strides, win.pads), "outside": "ignore" if x.pad == NO_PAD else "zero"}
    step.add("max_pool", [x], (x.chw[0], *win.out), fields)


def average_pool(step):
    x = step.map(0, padded=True)
    count_own = bool(step.attr("count_include_pad", 0))
    win = windows.pooling(step, x)
    if any(win.own_pads) and (x.pad != NO_PAD or win.by_ceil) and (win.by_ceil or not count_own):
        step.fail("one way of counting values outside the map", f"Pad {x.pad}, pads {win.own_pads}, count_include_pad {int(count_own)}")
    count_outside = x.pad != NO_PAD or (count_own and any(win.own_pads))
    fields = {"global": False, **window(win.kernel, win.strides, win.pads), "count_outside": count_outside}
    step.add("avg_pool", [x], (x.chw[0], *win.out), fields)


def global_average_pool(step):
    x = step.map(0)
    fields = {"global": True, **window((1, 1), (1, 1), NO_PAD), "count_outside": False}
    step.add("avg_pool", [x], (x.chw[0], 1, 1), fields)


def softmax(step):
    x = step.map(0)
    axis = step.attr("axis", 1 if step.opset < 13 else -1)
    shapes.channel_axis(step, axis, x)
    if step.opset < 13 and math.prod(x.chw[1:]) != 1:  # before opset 13, softmax covers the axis and all after it
        step.fail("a 1x1 map (before opset 13)", f"shape {x.dims}")
    step.add("softmax", [x], x.chw, {}, dims=x.dims)


def constant(step):
    tensor = step.attr("value")
    if tensor is None:
        step.fail("a tensor as value", "another kind of constant")
    step.model.constants[step.node.output[0]] = tensor


def identity(step):
    if step.node.op_type == "Dropout":  # inference keeps all values
        step.attr("ratio")
        step.attr("seed")
    name = step.node.input[0] if step.has(0) else ""
    if name in step.model.constants:
        step.model.constants[step.node.output[0]] = step.model.constants[name]
    else:
        step.define(step.value(0, padded=True))


CONVERTERS = {
    "Add": add,
    "AveragePool": average_pool,
    "BatchNormalization": batch_normalization,
    "Clip": clip,
    "Concat": shapes.concat,
    "Constant": constant,
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "DepthToSpace": shapes.depth_to_space,
    "Dropout": identity,
    "Flatten": shapes.flatten,
    "Gemm": gemm,
    "GlobalAveragePool": global_average_pool,
    "Identity": identity,
    "LeakyRelu": activation("leaky", 0.01),
    "MaxPool": max_pool,
    "Mul": mul,
    "Pad": shapes.pad,
    "Relu": activation("relu"),
    "Reshape": shapes.reshape,
    "Resize": shapes.resize,
    "Sigmoid": activation("logistic"),
    "Slice": shapes.slice_channels,
    "Softmax": softmax,
    "Split": shapes.split,
    "Squeeze": shapes.squeeze,
    "Upsample": shapes.resize,
}
