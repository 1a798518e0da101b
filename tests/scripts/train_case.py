# Shared code of the tests of scripts/train: skipped without their packages; small sets of rendered people.
# SPDX-License-Identifier: MIT
"""Must be imported first; imports converter_case."""

import os
import sys

from converter_case import PROJECT, Case, has, main  # noqa: F401


def need(*packages):
    """Ends with exit code 77 (Meson: skipped) where a package is missing."""
    for package in packages:
        if not has(package):
            print(f"{package} is missing: skipped")
            sys.exit(77)


need("cv2", "torch")
sys.path.insert(0, os.path.join(PROJECT, "scripts", "train"))

import cv2
import torch

cv2.setNumThreads(1)
torch.set_num_threads(1)


def portraits(count, seed=3, prefix="train/photo"):
    """Returns a samples.Set of at least `count` rendered people."""
    import render
    import samples

    out, index = samples.Set(), 0
    while len(out) < count:
        for name, sample in render.cut_people(render.rendered(seed, index, "portrait"), f"{prefix}{index}.jpg"):
            out.add(sample, name)
        index += 1
    return out
