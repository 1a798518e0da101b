# ONNX ops that sum over an axis: products of matrices, means, maxima and norms.
# SPDX-License-Identifier: MIT
"""A product with a constant matrix is a 1x1 convolution.  Source: ONNX's docs/Operators.md and docs/Changelog.md."""

import math

import numpy as np

from lib import onnx_fold
from lib.graph import act, window
from lib.onnx_arithmetic import binary
from lib.onnx_values import MAX_SIDE, NO_PAD, Axis, constant_value, refined, size_of


def _linear(step, x, name, weight, bias=None, part=""):
    """Returns x * weight^T + bias over the last dimension.  weight: (out, in); bias: (name, array)"""
    outputs, inputs = weight.shape
    params = [(name, weight)] + ([bias] if bias is not None else [])
    fields = {"in_c": 0, "out_c": outputs, **window((1, 1), (1, 1), NO_PAD), "groups": 1, "bias": bias is not None}
    fields |= {"act": act(), "residual": False, "post": act()}
    new = (Axis(outputs),) if outputs > 1 else ()
    dims = (*x.dims[:-1], new)
    whole = tuple(axis for side in x.sides for axis in side)
    if x.array is None and x.dims[-1] == whole and all(axis.batch for dim in x.dims[:-1] for axis in dim):
        # A flattened map: the convolution's kernel covers all of it.
        c, h, w = x.chw
        params[0] = (name, weight.reshape(outputs, c, h, w))
        fields |= {"in_c": c, **window((h, w), (1, 1), NO_PAD)}
        return step.add("conv2d", [x], fields, (new, (), ()), dims, params, part)
    x = step.channels_last(x, [len(x.dims) - 1])
    params[0] = (name, weight.reshape(outputs, inputs, 1, 1))
    return step.add("conv2d", [x], fields | {"in_c": inputs}, (new, *x.sides[1:]), dims, params, part)


def gemm(step):
    alpha, beta, transposed = step.attr("alpha", 1.0), step.attr("beta", 1.0), step.attr("transB", 0)
    step.expect_attr("transA", 0, 0, "use torch.nn.Linear")
    x = step.value(0)
    name, w = step.weights(1, "the weight")
    w = np.ascontiguousarray(w if transposed else w.T) if w.ndim == 2 else w
    if len(x.dims) != 2 or w.ndim != 2 or w.shape[1] != x.shape[1]:
        step.fail(f"two matrices, and a weight of {x.shape[-1] if x.dims else 1} inputs", f"{x.shape} and {name} {w.shape}")
    if alpha != 1:
        name, w = f"{name}.scaled", w * np.float32(alpha)
    bias = None
    if step.has(2):
        key, numbers = step.weights(2, "the bias")
        if numbers.size not in (1, w.shape[0]):
            step.fail(f"a bias of {w.shape[0]} numbers", f"{key} {numbers.shape}")
        whole = beta == 1 and numbers.size == w.shape[0]
        bias = (key if whole else f"{step.node.output[0]}.bias", np.ascontiguousarray(np.broadcast_to(numbers.ravel() * np.float32(beta), (w.shape[0],))))
    step.define(_linear(step, x, name, w, bias))


def matmul(step):
    if step.is_constant(1) and step.model.array(step.node.input[1]).ndim == 2:
        x = step.value(0)
        name, w = step.weights(1, "the weight")
        if x.shape[-1:] != w.shape[:1]:
            step.fail(f"a weight of {x.shape[-1:]} inputs", f"{name} {w.shape}")
        step.define(_linear(step, x, name, np.ascontiguousarray(w.T)))
        return
    step.define(_product(step, step.operand(0), step.operand(1)))


def _product(step, a, b):
    if len(a.dims) < 2 or len(b.dims) < 2 or a.shape[-1] != b.shape[-2]:
        step.fail("matrices that fit", f"{a.shape} and {b.shape}")
    rank = max(len(a.dims), len(b.dims))
    a, b = (v.with_dims(((),) * (rank - len(v.dims)) + v.dims) for v in (a, b))
    b = b.with_fresh_axes()
    pairs = [(i, i) for i in range(rank - 2) if a.shape[i] == b.shape[i] != 1] + ([(rank - 1, rank - 2)] if a.shape[-1] != 1 else [])
    for i, j in pairs:
        pair = refined((a, i), (b, j))
        if pair is None:
            step.fail("matrices that were put together in the same way", f"{a.shape} and {b.shape}")
        a, b = pair
    many = tuple(axis for dim in a.dims[:-2] for axis in dim if not axis.batch)
    of_b = tuple(axis for dim in b.dims[:-2] for axis in dim if not axis.batch)
    if of_b not in (many, ()):
        step.fail("as many matrices on both sides, or one on the right", f"{a.shape} and {b.shape}")
    a = step.relayout(a, (a.dims[-1], many, a.dims[-2]))
    b = step.relayout(b, (b.dims[-1], of_b, b.dims[-2]))
    batch = [dim or other for dim, other in zip(a.dims[:-2], b.dims[:-2], strict=True)]
    return step.add("matmul", [a, b], {}, (b.dims[-1], many, a.dims[-2]), (*batch, a.dims[-2], b.dims[-1]))


# ---- reductions


def _pool(step, kind, value, window_sides, out_sides, dims, part):
    c, h, w = value.chw
    kernel = (h if 1 in window_sides else 1, w if 2 in window_sides else 1)
    whole = kernel == (h, w)
    if kind == "max":
        fields = {**window(kernel, (1, 1), NO_PAD), "outside": "ignore"}
        return step.add("max_pool", [value], fields, out_sides, dims, part=part)
    kernel = (1, 1) if whole else kernel
    fields = {"global": whole, **window(kernel, (1, 1), NO_PAD), "count_outside": False}
    return step.add("avg_pool", [value], fields, out_sides, dims, part=part)


def reduced(step, kind, x, axes, keep, part=""):
    """Returns the mean or the maximum over dimensions."""
    gone = {axis for i in axes for axis in x.dims[i]}
    if any(axis.batch for axis in gone):
        step.fail("a reduction of other dimensions than the batch", f"{axes}")
    dims = [() if i in axes else dim for i, dim in enumerate(x.dims) if keep or i not in axes]
    if not gone:
        return x.with_dims(dims)
    pure = [i for i in (1, 2) if x.sides[i] and set(x.sides[i]) <= gone]
    if {axis for i in pure for axis in x.sides[i]} != gone:
        order = [axis for side in x.sides for axis in side]
        kept = tuple(axis for axis in order if axis not in gone)
        half = next((i for i in range(len(kept) + 1) if size_of(kept[:i]) * size_of(kept[i:]) <= MAX_SIDE or size_of(kept[i:]) <= MAX_SIDE), 0)
        x = step.relayout(x, (kept[half:], kept[:half], tuple(axis for axis in order if axis in gone)))
        pure = [2]
    out_sides = tuple(() if i in pure else side for i, side in enumerate(x.sides))
    return _pool(step, kind, x, pure, out_sides, dims, part)


def reduce(kind):
    def convert(step):
        x = step.value(0)
        given = onnx_fold.axes(step, [None, np.array(step.integers(1, "axes")) if step.has(1) else None], 1)
        if step.attr("noop_with_empty_axes", 0) and not given:
            step.define(x)
            return
        axes = [step.axis(x, axis) for axis in given] if given else [i for i, dim in enumerate(x.dims) if not any(axis.batch for axis in dim)]
        keep = bool(step.attr("keepdims", 1))
        count = math.prod(x.shape[axis] for axis in axes)
        if kind == "l2":
            square = binary(step, "mul", x, x, "square")
            mean = reduced(step, "mean", square, axes, keep, "mean")
            step.define(step.activation(step.affine(mean, count, 0, "sum"), "sqrt"))
            return
        out = reduced(step, "max" if kind == "max" else "mean", x, axes, keep, "mean" if kind == "sum" else "")
        step.define(step.affine(out, count, 0) if kind == "sum" else out)

    return convert


def _normalized(step, x, axes):
    """Returns (x - mean) / sqrt(variance + epsilon) over dimensions."""
    centered = binary(step, "sub", x, reduced(step, "mean", x, axes, True, "mean"), "centered")
    variance = reduced(step, "mean", binary(step, "mul", centered, centered, "square"), axes, True, "variance")
    deviation = step.activation(step.affine(variance, 1, float(np.float32(step.attr("epsilon", 1e-5))), "shifted"), "sqrt", part="deviation")
    return binary(step, "div", centered, deviation, "norm")


def group_normalization(step):
    """Converts group norm, and instance norm, whose groups are single channels."""
    x = step.value(0)
    c = x.shape[1] if len(x.dims) > 2 else 0
    groups = step.attr("num_groups", c)
    step.ignore("stash_type")
    factors, terms = (step.weights(i, what)[1] for i, what in ((1, "the scale"), (2, "the bias")))
    by_group = len(factors) == groups != c  # before opset 21
    if not c or groups < 1 or c % groups or {factors.shape, terms.shape} != {(groups if by_group else c,)}:
        step.fail(f"a tensor of at least 3 dimensions, and a scale and a bias for each of its {c} channels", f"{x.shape}, {factors.shape}, {terms.shape}")
    grouped = step.reshape(x, (x.shape[0], groups, c // groups, *x.shape[2:]))
    out = step.reshape(_normalized(step, grouped, list(range(2, len(grouped.dims)))), x.shape)
    factors, terms = (np.repeat(v, c // len(v)).reshape(-1, *[1] * (len(x.dims) - 2)) for v in (factors, terms))
    step.define(binary(step, "add", binary(step, "mul", out, constant_value(factors)), constant_value(terms)))


def global_pool(kind):
    def convert(step):
        x = step.value(0)
        if len(x.dims) < 3:
            step.fail("a map (n, c, h, w)", f"shape {x.shape}")
        step.define(reduced(step, kind, x, list(range(2, len(x.dims))), True))

    return convert
