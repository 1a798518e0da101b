# Sizes and paddings of ONNX's convolutions, poolings and resizes.
# SPDX-License-Identifier: MIT

import dataclasses

import numpy as np

from lib import resize
from lib.onnx_values import MAX_SIDE, NO_PAD


@dataclasses.dataclass(frozen=True)
class Window:
    kernel: tuple
    strides: tuple
    pads: tuple  # top, left, bottom, right: the total
    own_pads: tuple  # without the part of a preceding Pad node
    out: tuple  # height, width
    by_ceil: bool = False  # ceil_mode made the padding larger
    output_pad: tuple = (0, 0)


def _sides(step, values, count, low, what):
    values = tuple(values)
    if len(values) != count or not all(low <= v <= MAX_SIDE for v in values):
        step.fail(f"{what}: {count} numbers, {low} to {MAX_SIDE}", f"{values}")
    return values


def _kernel_and_strides(step, kernel):
    """kernel: of the weight, or None for a pooling"""
    if kernel is None:
        step.expect_attr("dilations", [1, 1], [1, 1])
    given = step.attr("kernel_shape", kernel)
    kernel = _sides(step, given or (), 2, 1, "kernel_shape") if kernel is None else kernel
    if tuple(given or ()) != tuple(kernel):
        step.fail(f"kernel_shape {list(kernel)} like the weight", f"{list(given)}")
    return tuple(kernel), _sides(step, step.attr("strides", (1, 1)), 2, 1, "strides")


def _own_pads(step, size, kernel, strides):
    """Returns pads, or the padding of auto_pad: SAME makes ceil(size / stride) outputs, with the odd pixel at the end (UPPER) or at the beginning (LOWER)."""
    mode = step.attr("auto_pad", "NOTSET")
    pads = step.attr("pads")
    if mode == "NOTSET":
        return _sides(step, pads or NO_PAD, 4, 0, "pads")
    if mode not in ("VALID", "SAME_UPPER", "SAME_LOWER") or any(pads or ()):
        step.fail("auto_pad NOTSET, VALID or SAME_*, the last two without pads", f"{mode}, {pads}")
    if mode == "VALID":
        return NO_PAD
    totals = [max(0, (-(-n // s) - 1) * s + k - n) for n, k, s in zip(size, kernel, strides)]
    small, large = [t // 2 for t in totals], [t - t // 2 for t in totals]
    return (*small, *large) if mode == "SAME_UPPER" else (*large, *small)


def _covered(step, x, kernel, strides, ceil_mode):
    before = (x.chw[1] + x.pad[0] + x.pad[2], x.chw[2] + x.pad[1] + x.pad[3])
    own = list(_own_pads(step, before, kernel, strides))
    out, by_ceil = [], False
    for i in range(2):
        room = before[i] + own[i] + own[i + 2] - kernel[i]
        if room < 0:
            step.fail("a kernel no larger than the padded map", f"{kernel} on {before} with pads {own}")
        missing = -room % strides[i] if ceil_mode else 0
        if missing:  # one more window, which extends past the end, equals more padding there
            if room + missing >= before[i] + own[i]:
                step.fail("windows that begin inside the map", "ceil_mode with one that does not")
            own[i + 2] += missing
            by_ceil = True
        out.append((room + missing) // strides[i] + 1)
    pads = tuple(a + b for a, b in zip(own, x.pad))
    return Window(kernel, strides, pads, tuple(own), tuple(out), by_ceil)


def convolution(step, x, kernel, covered):
    """kernel: of the weight; covered: with the zeros of a dilation"""
    strides = _kernel_and_strides(step, tuple(kernel))[1]
    return _covered(step, x, tuple(covered), strides, False)


def pooling(step, x):
    kernel, strides = _kernel_and_strides(step, None)
    return _covered(step, x, kernel, strides, bool(step.attr("ceil_mode", 0)))


def transposed_convolution(step, x, kernel):
    kernel, strides = _kernel_and_strides(step, tuple(kernel))
    step.expect_attr("dilations", [1, 1], [1, 1])
    step.expect_attr("auto_pad", "NOTSET", "NOTSET")
    pads = _sides(step, step.attr("pads", NO_PAD), 4, 0, "pads")
    extra = _sides(step, step.attr("output_padding", (0, 0)), 2, 0, "output_padding")
    out = tuple((n - 1) * s + k + e - pads[i] - pads[i + 2] for i, (n, s, k, e) in enumerate(zip(x.chw[1:], strides, kernel, extra)))
    return Window(kernel, strides, pads, pads, out, output_pad=extra)


def dilated(step, weight):
    """Returns the weight with zeros between its columns and rows, as a dilated convolution reads the map."""
    by = _sides(step, step.attr("dilations", (1, 1)), 2, 1, "dilations")
    if by == (1, 1):
        return weight
    kernel = [(k - 1) * d + 1 for k, d in zip(weight.shape[2:], by)]
    if max(kernel) > MAX_SIDE or kernel[0] * kernel[1] > 64 * weight.shape[2] * weight.shape[3]:
        step.fail("dilations that widen the kernel at most 64 times", f"{list(by)}")
    wide = np.zeros((*weight.shape[:2], *kernel), np.float32)
    wide[:, :, :: by[0], :: by[1]] = weight
    return wide


ROUNDINGS = {  # rounding -> (function, term that makes it a rounding down, except for ties)
    "round_prefer_floor": (lambda x: np.ceil(x - 0.5), 0.5 - 2**-12),
    "round_prefer_ceil": (lambda x: np.floor(x + 0.5), 0.5),
    "floor": (np.floor, 0),
    "ceil": (np.ceil, 1 - 2**-12),
}
EXPORT = "interpolate with mode nearest or bilinear"


def _sizes(step, x):
    """Returns (scale, size of the result) of height and width: from an attribute, from an input, or from the output sizes."""
    rank = len(x.dims)
    axes = list(step.attr("axes") or range(rank)) if step.opset >= 18 else list(range(rank))
    if step.node.op_type == "Upsample" and step.opset < 9:
        scales = step.attr("scales")
    else:
        at = 1 if step.node.op_type == "Upsample" or step.opset < 11 else 2
        scales = [float(s) for s in step.constant(at, "scales")[1].ravel()] if step.has(at) else []
    by_size = not scales
    given = step.integers(3, "sizes") if by_size else scales
    if len(given) != len(axes) or not all(isinstance(axis, int) and -rank <= axis < rank for axis in axes):
        step.fail(f"one number for each of the axes {axes}", f"{list(given)}")
    wanted = dict(zip((axis % rank for axis in axes), given))
    out = []
    for axis, side in enumerate(x.shape):
        value = wanted.get(axis, side if by_size else 1)
        size = value if by_size else int(np.floor(side * value)) if 0 < value < MAX_SIDE else 0
        if not 0 < size <= MAX_SIDE or (axis < 2 and size != side):
            step.fail(f"sizes 1 to {MAX_SIDE}, of height and width only", f"{list(given)}")
        out.append((size / side if by_size else value, size))
    return out[2:]


def resize_fields(step, x):
    """Returns the fields of `upsample` if every pixel is repeated equally often, else those of `resize`."""
    modern = step.node.op_type == "Resize" and step.opset >= 11
    mode = step.attr("mode", "nearest")
    rule = step.attr("coordinate_transformation_mode", "half_pixel") if modern else "asymmetric"
    rounding = step.attr("nearest_mode", "round_prefer_floor") if modern else "floor"
    step.ignore("cubic_coeff_a", "exclude_outside", "extrapolation_value")
    step.expect_attr("antialias", 0, 0, "interpolate without antialias")
    step.expect_attr("keep_aspect_ratio_policy", "stretch", "stretch")
    if mode not in ("nearest", "linear"):
        step.fail("mode nearest or linear", mode, EXPORT)
    if rule not in resize.COORDINATES or rounding not in ROUNDINGS:
        step.fail(f"one of the rules {' '.join(resize.COORDINATES)}", f"{rule}, {rounding}", EXPORT)
    sides = _sizes(step, x)
    if mode == "nearest":
        return _nearest(step, x, sides, rule, rounding)
    return resize.linear(rule, sides, x.chw[1:])


def _nearest(step, x, sides, rule, rounding):
    """Finds a rounding down that takes the same pixels as the rule, which is computed in float32 as ONNX Runtime does."""
    places, factors = [], set()
    for (scale, m), n in zip(sides, x.chw[1:]):
        factor, term = resize.COORDINATES[rule](scale, n, m)
        round_to, shift = ROUNDINGS[rounding]
        o = np.arange(m)
        wanted = np.clip(round_to((factor * o + term).astype(np.float32)), 0, n - 1).astype(np.int64)
        factors.add(m // n if m % n == 0 and (wanted == o // (m // n)).all() else 0)
        for place in ((factor, term + shift), (n / m, 0), (n / m, n / m / 2)):
            place = np.float32(place).astype(np.float64)
            if (np.floor(np.clip(place[0] * o + place[1], 0, n - 1)) == wanted).all():
                places.append(place)
                break
        else:
            step.fail("a rule that takes pixels at equal distances", f"{rule}, {rounding}, {n} to {m}", EXPORT)
    if len(factors) == 1 and 0 not in factors:
        return {"factor": factors.pop()}
    return resize.fields("nearest", sides, places)
