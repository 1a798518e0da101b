#!/usr/bin/env python3
# Recognizes the judging photos, which no training may use, by the bytes of a file and by how an image looks.
# SPDX-License-Identifier: MIT
"""The look of a photo is 256 bits of its middle: whether each pixel of a 17 x 16 thumbnail is brighter than its left neighbor.  An image is compared at all
places and sizes where this middle would be if up to a tenth had been cut off each side, and mirrored.  Prints lines of judging.txt:

  judging.py PHOTO..."""

import functools
import hashlib
import pathlib
import sys

import cv2
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from lib.problem import Problem, run  # noqa: E402

LIST = pathlib.Path(__file__).with_name("judging.txt")
NAMES = {"messi5.jpg", "basketball1.png", "basketball2.png", "1.jpg", "2.jpg", "3.jpg"}  # refused by name too; basketball2 is the same moment as basketball1
SIDE, COLUMNS, ROWS = 256, 17, 16
BORDER, CUTS = 0.15, np.linspace(0, 0.1, 5)  # fraction of a photo on each side of its middle; fractions that may have been cut off a side
# Bits of 256.  Copies that were scaled, saved again or mirrored differ in at most 20; with a tenth cut off the sides as well, at most 37; brightened and
# clipped, at most 48.  Of 125 other photos, none differs in fewer than 76.
SAME_LOOK = 52


@functools.cache
def known():
    """Returns (SHA-256 sums, looks [n, 256]) of judging.txt."""
    rows = [line.split() for line in LIST.read_text(encoding="ascii").splitlines() if line and not line.startswith("#")]
    looks = [np.unpackbits(np.frombuffer(bytes.fromhex(text), np.uint8)) for _, text, _ in rows if text != "-"]
    return {sum_ for sum_, _, _ in rows}, np.array(looks, bool)


def averaging(windows, cells):
    """Returns the matrix [n * cells, SIDE] that averages the cells of each window (from, to) of a side."""
    edges = np.concatenate([np.linspace(*window, cells + 1)[None] for window in windows]) * SIDE
    first, last, pixel = edges[:, :-1].reshape(-1, 1), edges[:, 1:].reshape(-1, 1), np.arange(SIDE)
    weights = np.maximum(np.minimum(last, pixel + 1) - np.maximum(first, pixel), 0)
    return (weights / weights.sum(1, keepdims=True)).astype(np.float32)


@functools.cache
def matrices(cut):
    """Returns the averaging matrices of the rows and columns, of the uncut middle or of all that `cut` allows."""
    cuts = CUTS if cut else [0.0]
    windows = [((BORDER - a) / (1 - a - b), (1 - BORDER - a) / (1 - a - b)) for a in cuts for b in cuts]
    return averaging(windows, ROWS), averaging(windows, COLUMNS)


def looks(picture, cut=False):
    """Returns the looks [n, 256] of a BGR image: of its middle, or of all places where a middle may be after `cut`."""
    gray = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    rows, columns = matrices(cut)
    thumbnails = (rows @ gray @ columns.T).reshape(len(rows) // ROWS, ROWS, -1, COLUMNS)
    return (thumbnails[..., 1:] > thumbnails[..., :-1]).transpose(0, 2, 1, 3).reshape(-1, 256)


def mirrored(bits):
    """Returns the looks of the mirrored images."""
    return ~bits.reshape(-1, ROWS, ROWS)[:, :, ::-1].reshape(-1, 256)


def distance(picture, photos):
    """Returns the least number of bits in which an image differs from one of the looks [n, 256] and their mirror images."""
    mine, signs = (np.where(bits, 1, -1).astype(np.float32) for bits in (looks(picture, cut=True), np.concatenate([photos, mirrored(photos)])))
    return int(256 - (mine @ signs.T).max()) // 2


def sum_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def is_file(path):
    """Returns whether a file is a judging photo or clip, by its name or its bytes."""
    return path.name in NAMES or sum_of(path) in known()[0]


def is_look(picture):
    """Returns whether a BGR image looks like a judging photo."""
    return distance(picture, known()[1]) <= SAME_LOOK


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        print(__doc__)
        return
    for path in map(pathlib.Path, sys.argv[1:]):
        picture = cv2.imread(str(path))
        if picture is None and path.suffix != ".mp4":
            raise Problem(f"{path}: expected a photo, found something else")
        print(sum_of(path), "-" if picture is None else np.packbits(looks(picture)[0]).tobytes().hex(), path.name)


if __name__ == "__main__":
    run(main)
