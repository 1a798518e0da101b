# Maps a person's box to the network's input and back, as `pose` does (docs/spec.md, sections 5, 7 and 8), for bytes and for a box in a rotated image.
# SPDX-License-Identifier: MIT

import pathlib
import sys

import cv2
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from lib import reference_stages as stages  # noqa: E402

import nano_net  # noqa: E402

F = np.float32
MAP_H, MAP_W = nano_net.INPUT_H // nano_net.STRIDE, nano_net.INPUT_W // nano_net.STRIDE
MEAN_BGR = tuple(round(255 * v) for v in nano_net.MEAN[::-1])  # the value that becomes 0 in the normalized input
SHIFT = 0.2  # decoding adds this to a peak, so targets are this much before the keypoint


def window(box, width, height):
    """box: x1, y1, x2, y2 -> (pt1, pt2), the enlarged box, clipped at the image's edges"""
    return stages.enlarge(np.asarray(box, F), width, height)


def to_input(pt1, pt2):
    """Returns the 2 x 3 matrix from pixels of the image to pixels of the input."""
    size, input_size = pt2 - pt1, np.array([nano_net.INPUT_W - 1, nano_net.INPUT_H - 1], F)
    scale = float((input_size / np.maximum(size - 1, 1)).min())
    shift = input_size / 2 - scale * (pt1 + pt2 - 1) / 2
    return np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])


def cut(picture, pt1, pt2):
    """BGR bytes -> [256, 192, 3] BGR bytes; outside the box the color that becomes 0."""
    (u0, v0), (u1, v1) = (np.maximum(pt1.astype(int), 0), (pt2 - 1).astype(int))
    inside = np.ascontiguousarray(picture[v0 : v1 + 1, u0 : u1 + 1])
    matrix = to_input(pt1, pt2)
    matrix[:, 2] += matrix[:, :2] @ [u0, v0]
    size = (nano_net.INPUT_W, nano_net.INPUT_H)
    return cv2.warpAffine(inside, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=MEAN_BGR)


def normalised(crops):
    """[n, 256, 192, 3] BGR bytes -> [n, 3, 256, 192] as the networks expect it"""
    x = crops[..., ::-1].astype(F) / F(255)
    return np.ascontiguousarray(((x - np.array(nano_net.MEAN, F)) / np.array(nano_net.STD, F)).transpose(0, 3, 1, 2))


def to_map(points):
    """Converts pixels of the input [..., 2] to the position of a heatmap's maximum that decodes to the point."""
    return points * (MAP_H / (nano_net.INPUT_H - 1)) - SHIFT


def from_map(places):
    """Converts positions of stages.peaks, which contain SHIFT, back to pixels of the input."""
    return places * ((nano_net.INPUT_H - 1) / MAP_H)


def apply(matrix, points):
    """Applies a 2 x 3 matrix to [..., 2]."""
    return points @ matrix[:, :2].T + matrix[:, 2]


def inverse(matrix):
    return cv2.invertAffineTransform(matrix)


def compose(outer, inner):
    """Returns the 2 x 3 matrix that applies inner, then outer."""
    return np.hstack([outer[:, :2] @ inner[:, :2], (outer[:, :2] @ inner[:, 2] + outer[:, 2])[:, None]])
