# Where the pixels of a resized map come from, by the rules of the formats.
# SPDX-License-Identifier: MIT

import numpy as np

COORDINATES = {  # scale s, sizes n (input) and m (output) -> (factor, term) of the position in the input of output pixel o: factor * o + term
    "half_pixel": lambda s, n, m: (1 / s, 0.5 / s - 0.5),
    "pytorch_half_pixel": lambda s, n, m: (1 / s, 0.5 / s - 0.5) if m > 1 else (0, 0),
    "asymmetric": lambda s, n, m: (1 / s, 0),
    "tf_half_pixel_for_nn": lambda s, n, m: (1 / s, 0.5 / s),
    "align_corners": lambda s, n, m: ((n - 1) / (m - 1) if m > 1 else 0, 0),
}


def linear(rule, sides, sizes):
    """Returns the fields of a bilinear resize.  sizes: height and width of the input"""
    return fields("linear", sides, [COORDINATES[rule](scale, n, m) for (scale, m), n in zip(sides, sizes)])


def fields(kind, sides, places):
    """Returns the fields of `resize` (docs/graph_format.md).  sides: (scale, size of the output) of height and width; places: (factor, term) of COORDINATES"""
    (scale_y, shift_y), (scale_x, shift_x) = ([float(np.float32(v)) for v in place] for place in places)
    shape = {"height": sides[0][1], "width": sides[1][1]}
    return {"kind": kind, **shape, "scale_y": scale_y, "shift_y": shift_y, "scale_x": scale_x, "shift_x": shift_x}
