# ONNX ops that move numbers without arithmetic.  Source: ONNX's docs/Operators.md and docs/Changelog.md.
# SPDX-License-Identifier: MIT

import dataclasses
import math

import numpy as np

from lib import onnx_fold, onnx_windows as windows
from lib.onnx_arithmetic import binary
from lib.onnx_values import Axis, constant_value, refined, size_of

MAX_GATHERED = 64  # indices of a Gather that are not a range


# ---- dimensions only


def reshape(step):
    x = step.value(0)
    wanted = step.integers(1, "the shape")
    if 0 in wanted:  # with allowzero, the size 0
        step.expect_attr("allowzero", 0, 0)
    step.ignore("allowzero")
    dims = [x.shape[i] if d == 0 and i < len(x.dims) else d for i, d in enumerate(wanted)]
    _reshape_to(step, x, dims)


def _reshape_to(step, x, dims):
    count = math.prod(x.shape)
    if dims.count(-1) == 1:
        rest = -math.prod(dims)
        dims[dims.index(-1)] = count // rest if rest > 0 else 0
    if (dims and min(dims) < 1) or math.prod(dims) != count:
        step.fail(f"a shape of the {count} numbers of {x.shape}", f"{dims}", "use a batch of 1 and fixed sizes")
    step.define(step.reshape(x, dims))


def flatten(step):
    x, axis = step.value(0), step.attr("axis", 1)
    axis = axis + len(x.dims) if axis < 0 else axis
    _reshape_to(step, x, [math.prod(x.shape[:axis]), math.prod(x.shape[axis:])])


def _axes(step, i, rank):
    given = onnx_fold.axes(step, [None] * i + [np.array(step.integers(i, "axes")) if step.has(i) else None], i)
    return None if given is None else [axis % rank for axis in given]


def squeeze(step):
    x = step.value(0)
    axes = _axes(step, 1, len(x.dims))
    axes = [i for i, side in enumerate(x.shape) if side == 1] if axes is None else axes
    if any(x.shape[axis] != 1 for axis in axes):
        step.fail("axes of size 1", f"{axes} of {x.shape}")
    step.define(x.with_dims(dim for i, dim in enumerate(x.dims) if i not in axes))


def unsqueeze(step):
    x = step.value(0)
    given = onnx_fold.axes(step, [None, np.array(step.integers(1, "axes")) if step.has(1) else None], 1) or []
    rank = len(x.dims) + len(given)
    axes = {axis % rank for axis in given}
    if len(axes) != len(given):
        step.fail(f"different axes of {rank}", f"{given}")
    dims = iter(x.dims)
    step.define(x.with_dims(() if i in axes else next(dims) for i in range(rank)))


def transpose(step):
    x = step.value(0)
    order = step.attr("perm", list(range(len(x.dims)))[::-1])
    if sorted(order) != list(range(len(x.dims))):
        step.fail(f"perm of {len(x.dims)} axes", f"{order}")
    moved = x.with_dims(x.dims[i] for i in order)
    step.define(dataclasses.replace(moved, parts=x.parts))


def shape(step):
    step.define(onnx_fold.shape_of(step, step.value(0, padded=True).shape))


def identity(step):
    step.ignore("ratio", "seed", "to", "saturate")  # of Dropout, which keeps all values at inference, and of Cast, since all numbers are float32
    step.define(step.value(0, padded=True))


def cast(step):
    to = step.attributes["to"].i if "to" in step.attributes else 0
    if to not in (1, 10, 11, 16):
        step.fail("a cast to floating-point numbers", f"type {to}")
    identity(step)


def space_to_depth(step):
    x, factor = step.map(0), step.attr("blocksize")
    (c, h, w), n = x.chw, x.shape[0]
    if not 1 <= factor or h % factor or w % factor:
        step.fail(f"sides that are multiples of {factor}", f"{h} x {w}")
    cut = step.reshape(x, (n, c, h // factor, factor, w // factor, factor))
    step.define(step.reshape(cut.with_dims(cut.dims[i] for i in (0, 3, 5, 1, 2, 4)), (n, c * factor**2, h // factor, w // factor)))


def depth_to_space(step):
    x, factor = step.map(0), step.attr("blocksize")
    mode = step.attr("mode", "DCR")
    (c, h, w), n = x.chw, x.shape[0]
    if factor < 1 or c % (factor * factor) != 0 or mode not in ("DCR", "CRD"):
        step.fail(f"a multiple of {factor} * {factor} channels, mode DCR or CRD", f"{c}, {mode}")
    narrow = c // factor**2
    if mode == "CRD":
        step.define(step.add_map("pixel_shuffle", [x], (narrow, h * factor, w * factor), {"factor": factor}))
        return
    cut = step.reshape(x, (n, factor, factor, narrow, h, w))
    step.define(step.reshape(cut.with_dims(cut.dims[i] for i in (0, 3, 4, 1, 5, 2)), (n, narrow, h * factor, w * factor)))


# ---- parts of tensors


def take(step, x, axis, begin, count, by=1, part=""):
    """Returns the `count` elements begin, begin + by ... of a dimension."""
    axes, size = x.dims[axis], x.shape[axis]
    last = begin + (count - 1) * by
    if count < 1 or not (0 <= begin < size and 0 <= last < size):
        step.fail(f"a range of the {size} elements of dimension {axis}", f"{count} from {begin} on in steps of {by}")
    if (begin, count, by) == (0, size, 1):
        return x
    if any(a.batch for a in axes):
        step.fail("a range of other dimensions than the batch", f"dimension {axis}")
    new = (Axis(count),) if count > 1 else ()
    dims = [new if i == axis else dim for i, dim in enumerate(x.dims)]
    if by == 1 and x.sides[0][: len(axes)] == axes:
        return _slice(step, x, axes, new, dims, begin, count, part)
    for side in (1, 2):
        if x.sides[side] == axes:
            return _cut(step, x, side, new, dims, (begin, count, by), part)
    others = tuple(tuple(a for a in side if a not in axes) for side in x.sides)
    if by == 1:
        return _slice(step, step.relayout(x, (axes + others[0], *others[1:])), axes, new, dims, begin, count, part)
    return _cut(step, step.relayout(x, (others[0] + others[1], axes, others[2])), 1, new, dims, (begin, count, by), part)


def _slice(step, x, axes, new, dims, begin, count, part):
    rest = x.sides[0][len(axes) :]
    each = size_of(rest)
    fields = {"begin": begin * each, "count": count * each}
    return step.add("slice", [x], fields, (new + rest, *x.sides[1:]), dims, part=part)


def _cut(step, x, side, new, dims, place, part):
    """Takes rows (side 1) or columns (side 2)."""
    begin, count, by = place
    _, h, w = x.chw
    sides = tuple(new if i == side else axes for i, axes in enumerate(x.sides))
    if by == 1:
        top, left, height, width = (begin, 0, count, w) if side == 1 else (0, begin, h, count)
        fields = {"kind": "crop", "factor": 1, "top": top, "left": left, "height": height, "width": width, "scale": 1.0, "shift": 0.0}
        return step.add("rearrange", [x], fields, sides, dims, part=part)
    by, begin = float(by), float(begin)
    fields = {"kind": "nearest", "height": count if side == 1 else h, "width": w if side == 1 else count}
    fields |= dict(zip(("scale_y", "shift_y", "scale_x", "shift_x"), (by, begin, 1.0, 0.0) if side == 1 else (1.0, 0.0, by, begin)))
    return step.add("resize", [x], fields, sides, dims, part=part)


def slice_tensor(step):
    x = step.value(0)
    arrays = [None] + [np.array(step.integers(i, "a constant")) if step.has(i) else None for i in range(1, len(step.node.input))]
    starts, ends, axes, steps = onnx_fold.slice_arguments(step, arrays)
    ranges = []
    for start, end, axis, by in zip(starts, ends, axes, steps, strict=True):
        axis = step.axis(x, axis)
        size = x.shape[axis]
        places = range(*slice(start, None if by < 0 and end < -size else end, by).indices(size))
        if len(places) != size or by != 1:
            ranges.append((axis, places))
    for i, (axis, places) in enumerate(ranges):
        begin = places[0] if len(places) else 0
        x = take(step, x, axis, begin, len(places), places.step, "" if i == len(ranges) - 1 else f"axis{axis}")
    step.define(x)


def split(step):
    x = step.value(0)
    axis = step.axis(x, step.attr("axis", 0))
    outputs, size = len(step.node.output), x.shape[axis]
    step.ignore("num_outputs")
    counts = list(step.attr("split") or ()) if step.opset < 13 else step.integers(1, "split") if step.has(1) else []
    if not counts:
        each = -(-size // outputs)
        counts = [each] * (outputs - 1) + [size - each * (outputs - 1)]
    if len(counts) != outputs or sum(counts) != size or min(counts) < 1:
        step.fail(f"{outputs} parts of {size} elements", f"{counts}")
    begin = 0
    for output, count in enumerate(counts):
        if step.node.output[output]:
            step.define(take(step, x, axis, begin, count, part=f"part{output}" if output else ""), output)
        begin += count


def gather(step):
    x, indices = step.value(0), step.constant(1, "the indices")[1]
    axis = step.axis(x, step.attr("axis", 0))
    size = x.shape[axis]
    if indices.dtype.kind not in "iu" or indices.ndim > 1 or not indices.size or not ((-size <= indices) & (indices < size)).all():
        step.fail(f"one index or a list of indices below {size}", f"{indices.dtype} {excerpt_of(indices)}")
    places = [int(i) % size for i in indices.ravel()]
    if indices.ndim == 0:
        picked = take(step, x, axis, places[0], 1)
        step.define(picked.with_dims(dim for i, dim in enumerate(picked.dims) if i != axis))
        return
    by = places[1] - places[0] if len(places) > 1 else 1
    if by != 0 and places == list(range(places[0], places[0] + by * len(places), by)):
        step.define(take(step, x, axis, places[0], len(places), by))
        return
    if len(places) > MAX_GATHERED:
        step.fail(f"a range, or at most {MAX_GATHERED} indices", f"{len(places)} others")
    step.define(joined(step, [take(step, x, axis, place, 1, part=f"{i}") for i, place in enumerate(places)], axis))


def excerpt_of(array):
    return array.ravel()[:6].tolist()


# ---- several tensors


def joined(step, parts, axis):
    """Returns the concatenation of values along a dimension."""
    rank = len(parts[0].dims)
    if any(len(part.dims) != rank for part in parts):
        step.fail("tensors of the same number of dimensions", " ".join(str(part.shape) for part in parts))
    first = next((part for part in parts if part.array is None), parts[0]).with_fresh_axes()
    for part in parts:  # cuts the axes of `first` wherever another part cuts them
        first = _aligned(step, first, part, axis)[0]
    aligned = [_aligned(step, first, part, axis)[1] for part in parts]
    before, first = first, step.channels_last(first, [axis])
    maps = [step.relayout(part, (part.dims[axis], *first.sides[1:])) for part in aligned]
    count = sum(part.shape[axis] for part in maps)
    new = (Axis(count),) if count > 1 else ()
    natural = before.array is not None or before.sides == first.sides
    dims = [new if i == axis else dim for i, dim in enumerate(first.dims)]
    out = step.add("concat", maps, {}, (new, *first.sides[1:]), dims, part="" if natural else "channels")
    if not natural:  # back to the sides of the parts, where the next op expects them
        c, h, w = (tuple(a for a in side if a not in before.dims[axis]) for side in before.sides)
        rows = before.sides[1] and before.sides[1] == before.dims[axis]
        out = step.relayout(out, (c, new, w) if rows else (c, h, w + new) if not w else (c, h + new, w) if not h else (new + c, h, w))
    return dataclasses.replace(out, parts=tuple(parts))


def _aligned(step, first, part, axis):
    """Returns both with the same axes on all other dimensions."""
    part = part.with_fresh_axes()
    for i in range(len(first.dims)):
        if i == axis:
            continue
        if first.shape[i] != part.shape[i]:
            step.fail("equal sizes on the other dimensions", f"{first.shape} and {part.shape}")
        pair = refined((first, i), (part, i))
        if pair is None:
            step.fail("dimensions that were put together in the same way", f"{first.shape} and {part.shape}")
        first, part = pair
    return first, part


def concat(step):
    parts = [step.operand(i) for i in range(len(step.node.input))]
    step.define(joined(step, parts, step.axis(parts[0], step.attr("axis", 1))))


def expand(step):
    x, wanted = step.value(0), step.integers(1, "the shape")
    shape = np.broadcast_shapes(x.shape, tuple(wanted))
    onnx_fold.expect_count(step, shape)
    step.define(x if shape == x.shape else binary(step, "add", x, constant_value(np.zeros(shape, np.float32))))


def tile(step):
    x, repeats = step.value(0), step.integers(1, "the repeats")
    if len(repeats) != len(x.dims) or any(r != 1 and side != 1 for r, side in zip(repeats, x.shape, strict=False)):
        step.fail("repeats of dimensions of size 1", f"{repeats} of {x.shape}")
    onnx_fold.expect_count(step, repeats)
    step.define(x if set(repeats) <= {1} else binary(step, "add", x, constant_value(np.zeros(repeats, np.float32))))


# ---- pixels


def resize(step):
    x = step.map(0)
    fields = windows.resize_fields(step, x)
    if "factor" in fields:
        step.define(step.add_map("upsample", [x], (x.chw[0], x.chw[1] * fields["factor"], x.chw[2] * fields["factor"]), fields))
    else:
        step.define(step.add_map("resize", [x], (x.chw[0], fields["height"], fields["width"]), fields))


def pad(step):
    step.expect_attr("mode", "constant", "constant", "pad with zeros")
    if step.opset < 11:
        pads, fill = list(step.attr("pads")), step.attr("value", 0.0)
    else:
        pads, fill = step.integers(1, "pads"), float(step.constant(2, "the value")[1].ravel()[0]) if step.has(2) else 0.0
    x = step.value(0)
    rank = len(x.dims)
    if step.has(3):
        axes = [step.axis(x, axis) for axis in step.integers(3, "axes")]
        begins, ends = pads[: len(axes)], pads[len(axes) :]
        pads = [0] * (2 * rank)
        for axis, begin, end in zip(axes, begins, ends, strict=True):
            pads[axis], pads[axis + rank] = begin, end
    if not any(pads):
        step.define(x)
        return
    if len(pads) != 2 * rank or min(pads) < 0 or max(pads) > windows.MAX_SIDE:
        step.fail(f"{2 * rank} numbers from 0 to {windows.MAX_SIDE}", f"pads {pads}", "slice in place of a negative padding")
    if rank == 4 and fill == 0 and not any(pads[i] for i in (0, 1, 4, 5)):
        step.define(dataclasses.replace(step.map(0), pad=(pads[2], pads[3], pads[6], pads[7])))
        return
    for axis in range(rank):
        x = _extended(step, x, axis, pads[axis], pads[axis + rank], fill)
    step.define(x)


def _extended(step, x, axis, begin, end, fill):
    """Returns x with numbers before and after a dimension: as padding of the map where it is a side of it, else by a concatenation."""
    side = next((i for i in (1, 2) if x.sides[i] and x.sides[i] == x.dims[axis]), None)
    if not begin and not end:
        return x
    if side is None or fill != 0:
        onnx_fold.expect_count(step, [begin + end + size if i == axis else size for i, size in enumerate(x.shape)])
        added = [np.full([count if i == axis else size for i, size in enumerate(x.shape)], fill, np.float32) for count in (begin, end)]
        parts = [constant_value(added[0])] * bool(begin) + [x] + [constant_value(added[1])] * bool(end)
        return joined(step, parts, axis)
    padded = step.padded(dataclasses.replace(x, pad=(begin, 0, end, 0) if side == 1 else (0, begin, 0, end)))
    new = padded.sides[side]
    sides = tuple(new if i == side else axes for i, axes in enumerate(x.sides))
    return dataclasses.replace(padded, sides=sides, dims=tuple(new if i == axis else dim for i, dim in enumerate(x.dims)))
