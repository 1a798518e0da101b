# ONNX ops that compute number by number: arithmetic of two tensors, functions of one.
# SPDX-License-Identifier: MIT
"""Source: ONNX's docs/Operators.md and docs/Changelog.md."""

import dataclasses

import numpy as np

from lib import onnx_patterns as patterns
from lib.graph import act
from lib.onnx_values import constant_value, refined, size_of

FLOAT_MAX = float(np.finfo(np.float32).max)


def _same_rank(a, b):
    """Returns both with leading dimensions of size 1, so that they have equally many."""
    rank = max(len(a.dims), len(b.dims))
    return (dataclasses.replace(v, dims=((),) * (rank - len(v.dims)) + v.dims) for v in (a, b))


def _paired(step, a, b):
    """Returns (a, b) of the same rank with the same axes wherever their dimensions have the same size."""
    a, b = _same_rank(a, b)
    b = b if a.dims == b.dims else b.with_fresh_axes()
    for i in range(len(a.dims)):
        m, n = size_of(a.dims[i]), size_of(b.dims[i])
        if m == n and m != 1:
            pair = refined((a, i), (b, i))
            if pair is None:  # cut in different ways: b gets one axis a dimension
                b = step.reshape(b, b.shape) if any(axis.batch for axis in b.axes) else step._reordered(b, b.shape)
                a = a if any(axis.batch for axis in a.axes) else step._reordered(a, a.shape)
                pair = refined((a, i), (b, i))
            a, b = pair
        elif m != 1 and n != 1:
            step.fail("shapes that are equal or 1 on every dimension", f"{a.shape} and {b.shape}")
    return a, b


def _common_sides(a, b):
    """Returns sides for the result of a and b: on each, only axes of both, only of a, or only of b, since a side repeats as a whole."""
    of_a, of_b = set(a.axes), set(b.axes)

    def kind(axis):
        return (axis in of_a, axis in of_b)

    axes = [axis for i in range(len(a.dims)) for axis in (a.dims[i] or b.dims[i]) if not axis.batch]
    usable = [v for v in (a, b) if v.array is None and all(len({kind(axis) for axis in side}) <= 1 for side in v.sides)]
    for first in sorted(usable, key=lambda v: -len(v.axes)):  # the larger one keeps its place
        extra = tuple(axis for axis in axes if axis not in set(first.axes))
        if not extra:
            return first.sides
        columns = set((a.dims[-1] or b.dims[-1]) if a.dims else ())
        if not first.sides[1] and not first.sides[2]:
            return (first.sides[0], tuple(axis for axis in extra if axis not in columns), tuple(axis for axis in extra if axis in columns))
        free = next((i for i in (2, 1, 0) if not first.sides[i]), None)
        if free is not None:
            return tuple(extra if i == free else side for i, side in enumerate(first.sides))
    kinds = []
    for axis in reversed(axes):
        if kind(axis) not in kinds:
            kinds.append(kind(axis))
    groups = [tuple(axis for axis in axes if kind(axis) == k) for k in kinds] + [()] * 3
    return groups[0], groups[2], groups[1]


def _channels_only(a, b):
    """Returns b, a constant, as one number for each channel of a's map, or None.  a and b are paired."""
    if len(b.axes) and not set(b.axes) <= set(a.sides[0]):
        return None
    if any(size_of(y) > size_of(x) for x, y in zip(a.dims, b.dims, strict=True)):
        return None
    axes = b.axes
    array = b.array.reshape([axis.size for axis in axes])
    own = [axis for axis in a.sides[0] if axis in axes]
    array = array.transpose([axes.index(axis) for axis in own])
    array = array.reshape([axis.size if axis in own else 1 for axis in a.sides[0]])
    return np.broadcast_to(array, [axis.size for axis in a.sides[0]]).ravel()


def _with_constant(step, kind, a, b):
    """Returns a op b for a constant b where one factor and term a channel suffice, or None."""
    if kind not in ("add", "sub", "mul", "div"):
        return None
    a, b = _paired(step, a, b)
    numbers = _channels_only(a, b)
    if numbers is None:
        return None
    numbers = numbers.astype(np.float64)
    if kind == "div":
        if (numbers == 0).any():
            step.fail("a divisor other than 0", "0")
        return step.affine(a, 1 / numbers, 0)
    return step.affine(a, 1, numbers if kind == "add" else -numbers) if kind != "mul" else step.affine(a, numbers, 0)


def _reversed_constant(step, kind, a, b):
    """Returns a op b for a constant a, or None."""
    if kind in ("add", "mul"):
        return _with_constant(step, kind, b, a)
    return _with_constant(step, "add", step.affine(b, -1, 0, "negative"), a) if kind == "sub" else None


def binary(step, kind, a, b, part=""):
    """Returns a op b.  a, b: Values, at most one of them constant"""
    if b.array is not None:
        out = _with_constant(step, kind, a, b)
    elif a.array is not None:
        out = _reversed_constant(step, kind, a, b)
    else:
        out = None
    if out is not None:
        return out
    a, b = _paired(step, a, b)
    sides = _common_sides(a, b)
    a, b = (step.relayout(v, [[axis for axis in side if axis in set(v.axes)] for side in sides]) for v in (a, b))
    dims = [x or y for x, y in zip(a.dims, b.dims, strict=True)]
    if kind == "add" and a.chw == b.chw:
        return step.add("add", [a, b], {"act": act()}, sides, dims, part=part)
    if kind == "mul" and b.chw in (a.chw, (a.chw[0], 1, 1)):
        return step.add("scale", [a, b], {"residual": False, "act": act()}, sides, dims, part=part)
    if kind == "mul" and a.chw == (b.chw[0], 1, 1):
        return step.add("scale", [b, a], {"residual": False, "act": act()}, sides, dims, part=part)
    return step.add("binary", [a, b], {"kind": kind}, sides, dims, part=part)


def arithmetic(kind):
    def convert(step):
        out = patterns.product(step) if kind == "mul" else patterns.quotient(step) if kind == "div" else None
        step.define(binary(step, kind, step.operand(0), step.operand(1)) if out is None else out)

    return convert


def many(kind):
    def convert(step):
        out = step.operand(0)
        for i in range(1, len(step.node.input)):
            last = i == len(step.node.input) - 1
            out = binary(step, kind, out, step.operand(i), part="" if last else f"{i}")
        step.define(out if len(step.node.input) > 1 else step.value(0))

    return convert


# ---- functions of one tensor


def activation(kind, slope=None):
    def convert(step):
        step.define(step.activation(step.value(0), kind, 0.1 if slope is None else step.attr("alpha", slope)))

    return convert


def fixed_activation(kind, **attributes):
    """attributes: name -> (value that the function has, default)"""

    def convert(step):
        for name, (wanted, default) in attributes.items():
            value = step.attr(name, default)
            if abs(value - wanted) > 1e-3:
                step.fail(f"{name} {wanted}", f"{value}")
        step.define(step.activation(step.value(0), kind))

    return convert


def hard_sigmoid(step):
    slope, term = step.attr("alpha", 0.2), step.attr("beta", 0.5)
    if not slope > 0:
        step.fail("alpha above 0", f"{slope}")
    x = step.value(0)
    if term != 0.5:
        x = step.affine(x, 1, (term - 0.5) / slope, "shift")
    step.define(step.activation(x, "hard_sigmoid", slope))


def hard_swish(step):
    step.define(step.activation(step.value(0), "hard_swish", 1 / 6))


def gelu(step):
    approximate = step.attr("approximate", "none")
    if approximate not in ("none", "tanh"):
        step.fail("approximate none or tanh", approximate)
    step.define(step.activation(step.value(0), "gelu_erf" if approximate == "none" else "gelu"))


def swish(step):
    if step.attr("alpha", 1.0) != 1.0:
        step.fail("alpha 1", "another")
    step.define(step.activation(step.value(0), "swish"))


def clip(step):
    if step.opset < 11:
        low, high = step.attr("min", -FLOAT_MAX), step.attr("max", FLOAT_MAX)
    else:
        low, high = (float(step.constant(i, "a limit")[1].ravel()[0]) if step.has(i) else limit for i, limit in ((1, -FLOAT_MAX), (2, FLOAT_MAX)))
    x = step.value(0)
    known = {(0, 6): "relu6", (-1, 1): "hardtan"}.get((low, high)) or ("relu" if low == 0 and high >= FLOAT_MAX else None)
    if known:
        step.define(step.activation(x, known))
        return
    if low > -FLOAT_MAX:
        x = binary(step, "max", x, constant_value(np.array(low, np.float32)), "" if high >= FLOAT_MAX else "max")
    if high < FLOAT_MAX:
        x = binary(step, "min", x, constant_value(np.array(high, np.float32)))
    step.define(x)


def prelu(step):
    slope = step.operand(1)
    if slope.array is not None and slope.array.size == 1:
        step.define(step.activation(step.value(0), "leaky", float(slope.array.ravel()[0])))
        return
    step.define(binary(step, "prelu", step.value(0), slope))


def power(step):
    exponent = step.constant(1, "the exponent")[1]
    x = step.value(0)
    if exponent.size != 1 or float(exponent.ravel()[0]) not in (0.5, 1, 2, 3, -1, -0.5):
        step.fail("an exponent of 0.5, 1, 2, 3, -1 or -0.5", f"{exponent.ravel()[:4].tolist()}")
    exponent = float(exponent.ravel()[0])
    root = abs(exponent) == 0.5
    out = step.activation(x, "sqrt", part="" if exponent == 0.5 else "root") if root else x
    if exponent < 0:
        out = _reciprocal(step, out)
    for i in range(2, int(exponent) + 1):
        out = binary(step, "mul", out, x, "" if i == exponent else "square")
    step.define(out)


def _reciprocal(step, x):
    return binary(step, "div", constant_value(np.array(1, np.float32)), x)


def reciprocal(step):
    step.define(_reciprocal(step, step.value(0)))


def negative(step):
    step.define(step.affine(step.value(0), -1, 0))


def absolute(step):
    x = step.value(0)
    step.define(binary(step, "max", step.affine(x, -1, 0, "negative"), x))
