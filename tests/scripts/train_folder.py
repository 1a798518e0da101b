# Makes the modules of scripts/train importable; skipped without OpenCV, which they need.
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


need("cv2")
sys.path.insert(0, os.path.join(PROJECT, "scripts", "train"))

import cv2

cv2.setNumThreads(1)
