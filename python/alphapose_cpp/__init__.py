# alphapose_cpp: 2D pose estimation, and networks layer by layer, from Python (docs/python.md).
# SPDX-License-Identifier: MIT
"""Networks: load(model).run(x) and .activations(x).  People in an image: Pose(...)(image).  Failures raise Error."""

import os as _os

from alphapose_cpp._core import Error, Layer, Net, Person, Pose, load, model_names, set_data_dir as _set_data_dir

__all__ = ["Error", "Layer", "Net", "Person", "Pose", "load", "model_names", "nchw"]

_set_data_dir(_os.path.dirname(_os.path.abspath(__file__)))


def nchw(blocks, channels):
    """Returns an array [n, channels, h, w] for a view [n, blocks, h, w, 16] of Net.activations(copy=False)."""
    n, _, h, w, _ = blocks.shape
    return blocks.transpose(0, 1, 4, 2, 3).reshape(n, -1, h, w)[:, :channels]
