# Computes ONNX nodes whose inputs are all known: exporters write shapes as small graphs.
# SPDX-License-Identifier: MIT
"""Each function takes a Step and the arrays of its inputs (None for an input that is left out), and returns the list of outputs.  Sizes are checked before
anything is allocated.  Source: ONNX's docs/Operators.md and docs/Changelog.md."""

import math

import numpy as np

MAX_NUMBERS = 1 << 26  # of a computed constant
TYPES = {1: np.float32, 2: np.uint8, 3: np.int8, 5: np.int16, 6: np.int32, 7: np.int64, 9: np.bool_, 10: np.float16, 11: np.float64, 12: np.uint32,
         13: np.uint64}  # numbers in onnx.TensorProto


def expect_count(step, shape):
    if any(d < 0 for d in shape) or math.prod(int(d) for d in shape) > MAX_NUMBERS:
        step.fail(f"a constant of at most {MAX_NUMBERS} numbers", f"shape {list(shape)}")
    return tuple(int(d) for d in shape)


def _numbers(array):
    return [int(v) for v in np.asarray(array).ravel()]


def axes(step, given, i, default=None):
    """Returns an attribute that became input i at a later opset."""
    if step.has(i) and len(given) > i and given[i] is not None:
        return _numbers(given[i])
    value = step.attr("axes", default)
    return None if value is None else list(value)


def _elementwise(function):
    def fold(step, x):
        expect_count(step, np.broadcast_shapes(*(np.shape(v) for v in x)))
        step.attr("fmod")
        with np.errstate(all="ignore"):
            out = np.asarray(function(*x))
        keeps = out.dtype.kind in "fiu" and x[0].dtype.kind in "fiu"
        return [out.astype(x[0].dtype) if keeps else out]

    return fold


def _divide(a, b):
    return np.fix(a / np.where(b == 0, 1, b)) if a.dtype.kind in "iu" else a / b


def _mod(a, b):
    return np.mod(a, np.where(b == 0, 1, b)) if a.dtype.kind in "iu" else np.fmod(a, b)


def _cast(step, x):
    to = step.attr("to")
    step.attr("saturate")
    if to not in TYPES:
        step.fail("a cast to a type of numbers", f"type {to}")
    with np.errstate(all="ignore"):
        return [x[0].astype(TYPES[to])]


def _concat(step, x):
    return [np.concatenate([np.atleast_1d(v) for v in x], axis=step.attr("axis", 0))]


def _gather(step, x):
    axis = step.attr("axis", 0)
    expect_count(step, (*x[0].shape, *x[1].shape))
    return [np.take(x[0], x[1].astype(np.int64), axis=axis)]


def _slice(step, x):
    starts, ends, given, steps = slice_arguments(step, x)
    index = [slice(None)] * x[0].ndim
    for start, end, axis, by in zip(starts, ends, given, steps, strict=True):
        index[axis] = slice(start, None if by < 0 and end < -(x[0].shape[axis]) else end, by)
    return [x[0][tuple(index)]]


def slice_arguments(step, x):
    """Returns starts, ends, axes and steps of a Slice; x: arrays of its inputs."""
    if step.opset < 10:
        starts, ends, given, steps = list(step.attr("starts")), list(step.attr("ends")), step.attr("axes"), None
    else:
        starts, ends = _numbers(x[1]), _numbers(x[2])
        given, steps = (_numbers(x[i]) if len(x) > i and x[i] is not None else None for i in (3, 4))
    given = list(range(len(starts))) if given is None else list(given)
    steps = [1] * len(starts) if steps is None else steps
    if not len(starts) == len(ends) == len(given) == len(steps) or 0 in steps:
        step.fail("starts, ends, axes and steps of the same length, no step of 0", f"{starts}, {ends}, {given}, {steps}")
    return starts, ends, given, steps


def _squeeze(step, x):
    at = axes(step, x, 1)
    return [np.squeeze(x[0], axis=None if at is None else tuple(at))]


def _unsqueeze(step, x):
    return [np.expand_dims(x[0], tuple(axes(step, x, 1)))]


def _constant_of_shape(step, x):
    shape, value = expect_count(step, _numbers(x[0])), step.attr("value")
    fill = np.float32(0) if value is None else step.model.tensor(value, "value").ravel()[0]
    return [np.full(shape, fill)]


def _expand(step, x):
    shape = np.broadcast_shapes(x[0].shape, tuple(_numbers(x[1])))
    return [np.broadcast_to(x[0], expect_count(step, shape)).copy()]


def _tile(step, x):
    repeats = _numbers(x[1])
    expect_count(step, [a * b for a, b in zip(x[0].shape, repeats, strict=True)])
    return [np.tile(x[0], repeats)]


def _range(step, x):
    start, limit, delta = (v.ravel()[0] for v in x)
    expect_count(step, [max(0, math.ceil((float(limit) - float(start)) / float(delta)))])
    return [np.arange(start, limit, delta, dtype=x[0].dtype)]


def _reshape(step, x):
    shape = _numbers(x[1])
    if not step.attr("allowzero", 0):
        shape = [x[0].shape[i] if d == 0 else d for i, d in enumerate(shape)]
    return [x[0].reshape(shape)]


def _transpose(step, x):
    return [np.transpose(x[0], step.attr("perm"))]


def _split(step, x):
    axis, outputs = step.attr("axis", 0), len(step.node.output)
    step.attr("num_outputs")
    parts = _numbers(x[1]) if len(x) > 1 and x[1] is not None else step.attr("split")
    if parts is None:
        each = -(-x[0].shape[axis] // outputs)
        parts = [each] * (outputs - 1) + [x[0].shape[axis] - each * (outputs - 1)]
    return np.split(x[0], np.cumsum(parts)[:-1], axis=axis)


def _reduce(function):
    def fold(step, x):
        at = axes(step, x, 1)
        if step.attr("noop_with_empty_axes", 0) and not at:
            return [x[0]]
        out = function(x[0], axis=tuple(at) if at else None, keepdims=bool(step.attr("keepdims", 1)))
        return [np.asarray(out).astype(x[0].dtype)]

    return fold


def _clip(step, x):
    low, high = (x[i] if len(x) > i and x[i] is not None else None for i in (1, 2))
    if step.opset < 11:
        low, high = step.attr("min"), step.attr("max")
    return [x[0] if low is None and high is None else np.clip(x[0], low, high)]


def _many(function):
    def fold(step, x):
        out = x[0]
        for v in x[1:]:
            expect_count(step, np.broadcast_shapes(out.shape, v.shape))
            out = function(out, v)
        return [out]

    return fold


def _size(step, x):
    return [np.array(x[0].size, np.int64)]


def _shape(step, x):
    return [shape_of(step, x[0].shape)]


def shape_of(step, shape):
    """Returns the result of Shape."""
    return np.array(shape[step.attr("start", 0) : step.attr("end")], np.int64)


def _scatter_nd(step, x):
    step.expect_attr("reduction", "none", "none")
    out, indices = x[0].copy(), x[1].astype(np.int64)
    out[tuple(indices[..., i] for i in range(indices.shape[-1]))] = x[2]
    return [out]


def _trilu(step, x):
    side = np.triu if step.attr("upper", 1) else np.tril
    return [side(x[0], int(x[1].ravel()[0]) if len(x) > 1 and x[1] is not None else 0)]


def _dequantize(step, x):
    axis, zero = step.attr("axis", 1), x[2] if len(x) > 2 and x[2] is not None else np.zeros_like(x[1])
    step.attr("block_size")
    step.attr("output_dtype")
    if x[1].ndim:
        side = [1] * x[0].ndim
        side[axis] = -1
        x[1], zero = x[1].reshape(side), zero.reshape(side)
    return [((x[0].astype(np.int64) - zero.astype(np.int64)) * x[1]).astype(x[1].dtype)]


FOLDERS = {
    "Abs": _elementwise(np.abs),
    "Add": _elementwise(np.add),
    "And": _elementwise(np.logical_and),
    "Cast": _cast,
    "Ceil": _elementwise(np.ceil),
    "Clip": _clip,
    "Concat": _concat,
    "ConstantOfShape": _constant_of_shape,
    "DequantizeLinear": _dequantize,
    "Cos": _elementwise(np.cos),
    "CumSum": lambda step, x: [np.cumsum(x[0], axis=int(x[1].ravel()[0]), dtype=x[0].dtype)],
    "Div": _elementwise(_divide),
    "Equal": _elementwise(np.equal),
    "Exp": _elementwise(np.exp),
    "Expand": _expand,
    "Flatten": lambda step, x: [x[0].reshape(math.prod(x[0].shape[: step.attr("axis", 1)]), -1)],
    "Floor": _elementwise(np.floor),
    "Gather": _gather,
    "Greater": _elementwise(np.greater),
    "GreaterOrEqual": _elementwise(np.greater_equal),
    "Identity": lambda step, x: [x[0]],
    "Less": _elementwise(np.less),
    "LessOrEqual": _elementwise(np.less_equal),
    "Log": _elementwise(np.log),
    "Max": _many(np.maximum),
    "Min": _many(np.minimum),
    "Mod": _elementwise(_mod),
    "Mul": _elementwise(np.multiply),
    "Neg": _elementwise(np.negative),
    "Not": _elementwise(np.logical_not),
    "Or": _elementwise(np.logical_or),
    "Pow": _elementwise(np.power),
    "Range": _range,
    "Reciprocal": _elementwise(np.reciprocal),
    "ReduceMax": _reduce(np.max),
    "ReduceMean": _reduce(np.mean),
    "ReduceMin": _reduce(np.min),
    "ReduceProd": _reduce(np.prod),
    "ReduceSum": _reduce(np.sum),
    "Reshape": _reshape,
    "Round": _elementwise(np.round),
    "ScatterND": _scatter_nd,
    "Shape": _shape,
    "Sin": _elementwise(np.sin),
    "Size": _size,
    "Slice": _slice,
    "Split": _split,
    "Sqrt": _elementwise(np.sqrt),
    "Squeeze": _squeeze,
    "Sub": _elementwise(np.subtract),
    "Tile": _tile,
    "Transpose": _transpose,
    "Trilu": _trilu,
    "Unsqueeze": _unsqueeze,
    "Where": lambda step, x: [np.where(*x)] if expect_count(step, np.broadcast_shapes(*(v.shape for v in x))) is not None else [],
}
