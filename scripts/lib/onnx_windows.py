# Sizes and paddings of ONNX's convolutions, poolings and resizes.
# SPDX-License-Identifier: MIT

import dataclasses

import numpy as np

from lib.onnx_model import NO_PAD

MAX_SIDE = 65536


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


def convolution(step, x, kernel):
    return _covered(step, x, *_kernel_and_strides(step, tuple(kernel)), False)


def pooling(step, x):
    kernel, strides = _kernel_and_strides(step, None)
    return _covered(step, x, kernel, strides, bool(step.attr("ceil_mode", 0)))


def transposed_convolution(step, x, kernel):
    kernel, strides = _kernel_and_strides(step, tuple(kernel))
    step.expect_attr("auto_pad", "NOTSET", "NOTSET")
    pads = _sides(step, step.attr("pads", NO_PAD), 4, 0, "pads")
    extra = _sides(step, step.attr("output_padding", (0, 0)), 2, 0, "output_padding")
    out = tuple((n - 1) * s + k + e - pads[i] - pads[i + 2] for i, (n, s, k, e) in enumerate(zip(x.chw[1:], strides, kernel, extra)))
    return Window(kernel, strides, pads, pads, out, output_pad=extra)


COORDINATES = {  # output pixel o, scale s, sizes n (input) and m (output) -> position in the input
    "half_pixel": lambda o, s, n, m: (o + 0.5) / s - 0.5,
    "pytorch_half_pixel": lambda o, s, n, m: (o + 0.5) / s - 0.5 if m > 1 else o * 0.0,
    "asymmetric": lambda o, s, n, m: o / s,
    "tf_half_pixel_for_nn": lambda o, s, n, m: (o + 0.5) / s,
    "align_corners": lambda o, s, n, m: o * ((n - 1) / max(m - 1, 1)),
}
ROUNDINGS = {
    "round_prefer_floor": lambda x: np.ceil(x - 0.5),
    "round_prefer_ceil": lambda x: np.floor(x + 0.5),
    "floor": np.floor,
    "ceil": np.ceil,
}


def _scales(step, x):
    """Returns the scales of n, c, h, w: from an attribute, from an input, or from the output sizes."""
    if step.node.op_type == "Upsample" and step.opset < 9:
        return step.attr("scales")
    at = 1 if step.node.op_type == "Upsample" or step.opset < 11 else 2
    if step.has(at):
        scales = step.constant(at, "scales")[1]
        if scales.size or not step.has(3):
            return [float(s) for s in scales.ravel()]
    return [size / d for size, d in zip(step.integers(3, "sizes"), x.dims, strict=False)]


def nearest_factor(step, x):
    """Returns the factor f of a nearest resize whose pixel o is pixel o / f of the input, for any spelling of that rule."""
    modern = step.node.op_type == "Resize" and step.opset >= 11
    step.expect_attr("mode", "nearest", "nearest")
    rule = step.attr("coordinate_transformation_mode", "half_pixel") if modern else "asymmetric"
    rounding = step.attr("nearest_mode", "round_prefer_floor") if modern else "floor"
    for unused in ("cubic_coeff_a", "exclude_outside", "extrapolation_value"):
        step.attr(unused)
    scales = _scales(step, x)
    factor = round(scales[2]) if len(scales) == 4 and scales[2] < MAX_SIDE else 0
    if len(x.dims) != 4 or factor < 1 or scales != [1, 1, factor, factor]:
        step.fail("scales 1, 1, f, f with an integer f", f"{scales}")
    for n in x.chw[1:]:
        m = n * factor
        if rule not in COORDINATES or rounding not in ROUNDINGS or m > MAX_SIDE:
            step.fail("a known rule for the coordinates", f"{rule}, {rounding}, {n} to {m}")
        source = np.clip(ROUNDINGS[rounding](COORDINATES[rule](np.arange(m), factor, n, m)), 0, n - 1)
        if (source != np.arange(m) // factor).any():
            step.fail("every pixel repeated", f"another rule ({rule}, {rounding}, factor {factor})")
    return factor
