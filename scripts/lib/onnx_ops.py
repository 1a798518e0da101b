# Converts each ONNX op to our graph.  Source: the operator documentation of ONNX (docs/Operators.md, docs/Changelog.md).
# SPDX-License-Identifier: MIT

import math

import numpy as np

from lib import onnx_arithmetic as arithmetic
from lib import onnx_matrices as matrices
from lib import onnx_patterns as patterns
from lib import onnx_shapes as shapes
from lib import onnx_windows as windows
from lib.graph import act, window
from lib.onnx_values import NO_PAD


def conv(step):
    x = step.map(0, padded=True)
    groups = step.attr("group", 1)
    name, w = step.weights(1, "the weight")
    if w.ndim != 4 or groups < 1 or w.shape[1] * groups != x.chw[0]:
        step.fail(f"a weight (out, {x.chw[0]} / {groups}, kh, kw)", f"{w.shape}")
    kernel, wide = w.shape[2:], windows.dilated(step, w)
    params = [(name if wide is w else f"{name}.dilated", wide)] + ([step.weights(2, "the bias", w.shape[:1])] if step.has(2) else [])
    win = windows.convolution(step, x, kernel, wide.shape[2:])
    fields = {"in_c": x.chw[0], "out_c": w.shape[0], **window(win.kernel, win.strides, win.pads), "groups": groups, "bias": len(params) == 2}
    fields |= {"act": act(), "residual": False, "post": act()}
    step.define(step.add_map("conv2d", [x], (w.shape[0], *win.out), fields, params))


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
    step.define(step.add_map("conv_transpose2d", [x], (out_c, *win.out), fields, params))


def batch_normalization(step):
    x = step.value(0)
    step.ignore("momentum", "spatial")  # opset 7, 8: with spatial=0 the parameters could have the shape of the map; here they have one number per channel
    step.expect_attr("training_mode", 0, 0, "call model.eval() first")
    if len(x.dims) < 2:
        step.fail("a tensor with channels", f"shape {x.shape}")
    x = step.channels_last(x, [1])
    params = [step.weights(i, what, x.chw[:1]) for i, what in enumerate(("scale", "B", "mean", "var"), 1)]
    fields = {"c": x.chw[0], "eps": float(np.float32(step.attr("epsilon", 1e-5))), "act": act()}
    step.define(step.pixelwise("batch_norm", x, fields, params))


def max_pool(step):
    x = step.map(0, padded=True)
    step.expect_attr("storage_order", 0, 0)
    win = windows.pooling(step, x)
    if x.pad != NO_PAD and any(win.own_pads):
        step.fail("padding either by Pad or by the pooling", f"{x.pad} and {win.own_pads}")
    fields = {**window(win.kernel, win.strides, win.pads), "outside": "ignore" if x.pad == NO_PAD else "zero"}
    step.define(step.add_map("max_pool", [x], (x.chw[0], *win.out), fields))


def average_pool(step):
    x = step.map(0, padded=True)
    count_own = bool(step.attr("count_include_pad", 0))
    win = windows.pooling(step, x)
    if any(win.own_pads) and (x.pad != NO_PAD or win.by_ceil) and (win.by_ceil or not count_own):
        step.fail("one way of counting values outside the map", f"Pad {x.pad}, pads {win.own_pads}, count_include_pad {int(count_own)}")
    count_outside = x.pad != NO_PAD or (count_own and any(win.own_pads))
    fields = {"global": False, **window(win.kernel, win.strides, win.pads), "count_outside": count_outside}
    step.define(step.add_map("avg_pool", [x], (x.chw[0], *win.out), fields))


def softmax(step):
    x = step.value(0)
    axis = step.axis(x, step.attr("axis", 1 if step.opset < 13 else -1))
    axes = range(axis, len(x.dims)) if step.opset < 13 else [axis]  # before opset 13, softmax covers the axis and all after it
    step.define(step.pixelwise("softmax", step.channels_last(x, axes), {}))


def layer_normalization(step):
    x = step.value(0)
    axis = step.axis(x, step.attr("axis", -1))
    step.expect_attr("stash_type", 1, 1)
    if len(step.node.output) > 1 and any(step.node.output[1:]):
        step.fail("one output", f"{len(step.node.output)}")
    axes = range(axis, len(x.dims))
    c = math.prod(x.shape[axis:])
    name, gamma = step.weights(1, "the scale")
    beta = step.weights(2, "the bias")[1] if step.has(2) else np.zeros(c, np.float32)
    if gamma.size != c or beta.size != c:
        step.fail(f"a scale and a bias of {c} numbers", f"{gamma.shape} and {beta.shape}")
    params = [(name if gamma.ndim == 1 else f"{name}.flat", gamma.ravel()), (f"{step.node.output[0]}.beta", beta.ravel())]
    fields = {"c": c, "eps": float(np.float32(step.attr("epsilon", 1e-5)))}
    step.define(step.pixelwise("layer_norm", step.channels_last(x, axes), fields, params))


def constant(step):
    kinds = {"value": None, "value_float": np.float32, "value_floats": np.float32, "value_int": np.int64, "value_ints": np.int64}
    for key, dtype in kinds.items():
        value = step.attr(key)
        if value is not None:
            array = step.model.tensor(value, step.node.output[0]) if dtype is None else np.array(value, dtype)
            step.define(np.asarray(array))
            return
    step.fail("a tensor or numbers as value", "another kind of constant")


CONVERTERS = {
    "Abs": arithmetic.absolute,
    "Add": arithmetic.arithmetic("add"),
    "AveragePool": average_pool,
    "BatchNormalization": batch_normalization,
    "Cast": shapes.cast,
    "Clip": arithmetic.clip,
    "Concat": shapes.concat,
    "Constant": constant,
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "DepthToSpace": shapes.depth_to_space,
    "Div": arithmetic.arithmetic("div"),
    "Dropout": shapes.identity,
    "Elu": arithmetic.fixed_activation("elu", alpha=(1.0, 1.0)),
    "Erf": arithmetic.activation("erf"),
    "Exp": arithmetic.activation("exp"),
    "Expand": shapes.expand,
    "Flatten": shapes.flatten,
    "Gather": shapes.gather,
    "Gelu": arithmetic.gelu,
    "Gemm": matrices.gemm,
    "GlobalAveragePool": matrices.global_pool("mean"),
    "GlobalMaxPool": matrices.global_pool("max"),
    "GroupNormalization": matrices.group_normalization,
    "HardSigmoid": arithmetic.hard_sigmoid,
    "HardSwish": arithmetic.hard_swish,
    "Identity": shapes.identity,
    "InstanceNormalization": matrices.group_normalization,
    "LayerNormalization": layer_normalization,
    "LeakyRelu": arithmetic.activation("leaky", 0.01),
    "MatMul": matrices.matmul,
    "Max": arithmetic.many("max"),
    "MaxPool": max_pool,
    "Min": arithmetic.many("min"),
    "Mish": arithmetic.activation("mish"),
    "Mul": arithmetic.arithmetic("mul"),
    "Neg": arithmetic.negative,
    "PRelu": arithmetic.prelu,
    "Pad": shapes.pad,
    "Pow": arithmetic.power,
    "Reciprocal": arithmetic.reciprocal,
    "ReduceL2": matrices.reduce("l2"),
    "ReduceMax": matrices.reduce("max"),
    "ReduceMean": matrices.reduce("mean"),
    "ReduceSum": matrices.reduce("sum"),
    "Relu": arithmetic.activation("relu"),
    "Reshape": shapes.reshape,
    "Resize": shapes.resize,
    "Selu": arithmetic.fixed_activation("selu", alpha=(1.6732, 1.67326319217681884765625), gamma=(1.0507, 1.05070102214813232421875)),
    "Shape": shapes.shape,
    "Sigmoid": arithmetic.activation("logistic"),
    "Slice": shapes.slice_tensor,
    "Softmax": softmax,
    "Softplus": patterns.softplus,
    "SpaceToDepth": shapes.space_to_depth,
    "Split": shapes.split,
    "Sqrt": arithmetic.activation("sqrt"),
    "Squeeze": shapes.squeeze,
    "Sub": arithmetic.arithmetic("sub"),
    "Sum": arithmetic.many("add"),
    "Swish": arithmetic.swish,
    "Tanh": patterns.softplus,
    "Tile": shapes.tile,
    "Transpose": shapes.transpose,
    "Unsqueeze": shapes.unsqueeze,
    "Upsample": shapes.resize,
}
