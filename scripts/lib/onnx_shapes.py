# ONNX ops that move numbers without arithmetic.  Source: ONNX's docs/Operators.md and docs/Changelog.md.
# SPDX-License-Identifier: MIT

import dataclasses
import math

from lib import onnx_windows as windows


def channel_axis(step, axis, value):
    """Fails unless the axis is the channel axis."""
    if axis not in (1, 1 - len(value.dims)):
        step.fail("axis 1, the channels", f"axis {axis} of {len(value.dims)}")


def concat(step):
    parts = [step.map(i) for i in range(len(step.node.input))]
    channel_axis(step, step.attr("axis"), parts[0])
    if any(part.dims[2:] != parts[0].dims[2:] or len(part.dims) != len(parts[0].dims) for part in parts):
        step.fail("maps of the same height and width", " ".join(str(part.dims) for part in parts))
    chw = (sum(part.chw[0] for part in parts), *parts[0].chw[1:])
    step.add("concat", parts, chw, {}, dims=(parts[0].dims[0], chw[0], *parts[0].dims[2:]))


def _add_slice(step, x, begin, count, output=0):
    if count < 1 or begin < 0 or begin + count > x.chw[0]:
        step.fail(f"a range of the {x.chw[0]} channels", f"{begin} to {begin + count}")
    step.add("slice", [x], (count, *x.chw[1:]), {"begin": begin, "count": count}, output=output, dims=(x.dims[0], count, *x.dims[2:]))


def slice_channels(step):
    x = step.map(0)
    if step.opset < 10:
        starts, ends = step.attr("starts"), step.attr("ends")
        axes, steps = step.attr("axes"), None
    else:
        starts, ends = step.integers(1, "starts"), step.integers(2, "ends")
        axes, steps = (step.integers(i, what) if step.has(i) else None for i, what in ((3, "axes"), (4, "steps")))
    axes = list(range(len(starts))) if axes is None else axes
    if len(ends) != len(starts) or len(axes) != len(starts) or set(steps or [1]) != {1}:
        step.fail("starts, ends and axes of the same length, steps of 1", f"{starts}, {ends}, {axes}, {steps}")
    begin, end = 0, x.chw[0]
    for axis, start, stop in zip(axes, starts, ends):
        size = x.dims[axis] if -len(x.dims) <= axis < len(x.dims) else 0
        first, last, _ = slice(start, stop).indices(size)
        if (first, last) != (0, size):
            channel_axis(step, axis, x)
            begin, end = first, last
    _add_slice(step, x, begin, end - begin)


def split(step):
    x = step.map(0)
    channel_axis(step, step.attr("axis", 0), x)
    counts = step.attr("split") if step.opset < 13 else step.integers(1, "split") if step.has(1) else None
    outputs = len(step.node.output)
    if counts is None and x.chw[0] % outputs == 0:
        counts = [x.chw[0] // outputs] * outputs
    if counts is None or len(counts) != outputs or sum(counts) != x.chw[0]:
        step.fail(f"{outputs} parts of {x.chw[0]} channels", f"{counts}")
    begin = 0
    for output, count in enumerate(counts):
        _add_slice(step, x, begin, count, output)
        begin += count


def resize(step):
    x = step.map(0)
    factor = windows.nearest_factor(step, x)
    step.add("upsample", [x], (x.chw[0], x.chw[1] * factor, x.chw[2] * factor), {"factor": factor})


def depth_to_space(step):
    x = step.map(0)
    factor = step.attr("blocksize")
    step.expect_attr("mode", "CRD", "DCR")
    c, h, w = x.chw
    if factor < 1 or c % (factor * factor) != 0:
        step.fail(f"a multiple of {factor} * {factor} channels", f"{c}")
    step.add("pixel_shuffle", [x], (c // factor**2, h * factor, w * factor), {"factor": factor})


def pad(step):
    x = step.map(0)
    step.expect_attr("mode", "constant", "constant")
    if step.opset < 11:
        pads, fill = step.attr("pads"), step.attr("value", 0.0)
    else:
        pads, fill = step.integers(1, "pads"), float(step.constant(2, "the value")[1]) if step.has(2) else 0.0
    if len(pads) != 8 or min(pads) < 0 or any(pads[i] for i in (0, 1, 4, 5)) or fill != 0:
        step.fail("zeros around height and width", f"pads {pads} of {fill}")
    step.define(dataclasses.replace(x, pad=(pads[2], pads[3], pads[6], pads[7])))


def flatten(step):
    x = step.value(0)
    if step.attr("axis", 1) not in (1, 1 - len(x.dims)):
        step.fail("axis 1", "another")
    reshaped(step, x, (x.dims[0], math.prod(x.dims[1:])))


def reshape(step):
    x = step.value(0)
    step.expect_attr("allowzero", 0, 0)
    dims = [x.dims[i] if d == 0 and i < len(x.dims) else d for i, d in enumerate(step.integers(1, "the shape"))]
    if dims.count(-1) == 1:
        rest = -math.prod(dims)
        dims[dims.index(-1)] = math.prod(x.dims) // rest if rest > 0 else 0
    if not dims or min(dims) < 1:
        step.fail("a shape without unknown sides", f"{dims}")
    reshaped(step, x, tuple(dims))


def squeeze(step):
    x = step.value(0)
    axes = step.attr("axes") if step.opset < 13 else step.integers(1, "axes") if step.has(1) else None
    axes = [i for i in range(1, len(x.dims)) if x.dims[i] == 1] if axes is None else [axis % len(x.dims) for axis in axes]
    if any(x.dims[axis] != 1 for axis in axes):
        step.fail("axes of size 1", f"{axes} of {x.dims}")
    reshaped(step, x, tuple(d for i, d in enumerate(x.dims) if i not in axes))


def reshaped(step, value, dims):
    """Returns the same numbers in another shape; only the batch size must stay."""
    if dims[0] != value.dims[0] or math.prod(dims) != math.prod(value.dims):
        step.fail(f"a shape that begins with {value.dims[0]} and has {math.prod(value.dims)} elements", f"{dims}")
    step.define(dataclasses.replace(value, dims=tuple(dims)))
