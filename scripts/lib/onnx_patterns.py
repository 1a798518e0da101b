# Functions that exporters write as several nodes, and that are one op of ours: Swish, HardSwish, Mish, GELU, layer norm.
# SPDX-License-Identifier: MIT

import math

import numpy as np

from lib import onnx_fold
from lib.onnx_values import NO_PAD


def _node_of(step, value):
    return step.model.graph.by_name.get(value.node, {})


def product(step):
    """Returns the activation that x * f(x) is: Swish, HardSwish, Mish, or GELU without its factor of a half; else None."""
    for i, j in ((0, 1), (1, 0)):
        if step.is_constant(i) or step.is_constant(j):
            return None
        name, other = step.node.input[i], step.model.values.get(step.node.input[j])
        if step.model.patterns.get(name, ("",))[0] == "tanh_softplus":
            argument = step.model.patterns[name][1]
            if other is not None and other.node == argument.node:
                return step.activation(argument, "mish")
            continue
        f = step.model.values.get(name)
        if f is None or other is None or other.pad != NO_PAD:
            continue
        node = _node_of(step, f)
        if node.get("op") == "activation" and node["inputs"] == [other.node]:
            kind = node["act"]["kind"]
            if kind in ("logistic", "hard_sigmoid"):
                return step.activation(other, "swish" if kind == "logistic" else "hard_swish", node["act"]["slope"])
        if _is_gelu_factor(step, f, other):
            gelu = step.activation(other, "gelu_erf", part="gelu")
            return step.affine(gelu, 2, 0)
    return None


def _is_gelu_factor(step, f, x):
    """Returns whether f is 1 + erf(x / sqrt(2))."""
    if f.node not in step.model.affine:
        return False
    erf, factors, terms = step.model.affine[f.node].last
    node = step.model.graph.by_name[erf]
    if node["op"] != "activation" or node["act"]["kind"] != "erf" or not (np.all(factors == 1) and np.all(terms == 1)):
        return False
    argument = step.model.affine.get(node["inputs"][0])
    if argument is None:
        return False
    source, factors, terms = argument.last
    return source == x.node and np.all(terms == 0) and np.allclose(factors, math.sqrt(0.5), rtol=1e-6)


def softplus(step):
    if step.node.op_type == "Softplus":
        step.model.patterns[step.node.output[0]] = ("softplus", step.value(0))
        return
    name = step.node.input[0]  # Tanh
    kind, argument = step.model.patterns.get(name, ("", None))
    if kind == "softplus":
        step.model.patterns[step.node.output[0]] = ("tanh_softplus", argument)
        return
    step.define(step.activation(step.value(0), "tanh"))


# ---- (x - mean) / sqrt(variance + eps)


def _made_by(step, name, *op_types):
    """Returns the ONNX node that computes a value, if it has one of these types."""
    node = step.model.producers.get(name)
    return node if node is not None and node.op_type in op_types and node.domain in ("", "ai.onnx") else None


def _is_mean_of(step, name, of):
    """Returns whether the value is the mean over the last dimension of the value `of`."""
    node = _made_by(step, name, "ReduceMean")
    if node is None or node.input[0] != of or of not in step.model.values:
        return False
    other = type(step)(step.model, node, step.opset, step.title)
    axes = onnx_fold.axes(other, [None, np.array(other.integers(1, "axes")) if other.has(1) else None], 1)
    return bool(other.attr("keepdims", 1)) and axes in ([-1], [len(step.model.values[of].dims) - 1])


def _is_square_of(step, name, of):
    node = _made_by(step, name, "Pow", "Mul")
    if node is None or node.input[0] != of:
        return False
    if node.op_type == "Mul":
        return node.input[1] == of
    return node.input[1] in step.model.constants and (step.model.array(node.input[1]) == 2).all()


def quotient(step):
    """Returns the layer norm, without its factors and terms, that a division ends; else None."""
    centered, root = _made_by(step, step.node.input[0], "Sub"), _made_by(step, step.node.input[1], "Sqrt")
    sum_node = _made_by(step, root.input[0], "Add") if root is not None else None
    if centered is None or sum_node is None or not _is_mean_of(step, centered.input[1], centered.input[0]):
        return None
    variance, eps = sum_node.input
    if eps not in step.model.constants or step.model.array(eps).size != 1:
        return None
    square = _made_by(step, variance, "ReduceMean")
    if square is None or not _is_mean_of(step, variance, square.input[0]) or not _is_square_of(step, square.input[0], step.node.input[0]):
        return None
    x = step.model.values[centered.input[0]]
    x = step.channels_last(x, [len(x.dims) - 1])
    c = x.chw[0]
    name = step.node.output[0]
    params = [(f"{name}.gamma", np.ones(c, np.float32)), (f"{name}.beta", np.zeros(c, np.float32))]
    return step.pixelwise("layer_norm", x, {"c": c, "eps": float(np.float32(step.model.array(eps).ravel()[0]))}, params)
