# alphapose_cpp: 2D pose estimation, and networks layer by layer, from Python (docs/python.md).
# SPDX-License-Identifier: MIT
"""Networks: load(model).run(x) and .activations(x).  People in an image: Pose(...)(image), in a clip: track(clip).  Failures raise Error."""

import os as _os

from alphapose_cpp._core import (
    Error, Frame, Layer, Net, Person, Pose, TrackedPerson, Tracking, load, model_names, set_data_dir as _set_data_dir,
)

__all__ = ["Error", "Frame", "Layer", "Net", "Person", "Pose", "TrackedPerson", "Tracking", "load", "model_names", "nchw", "track"]

_set_data_dir(_os.path.dirname(_os.path.abspath(__file__)))


def nchw(blocks, channels):
    """Returns an array [n, channels, h, w] for a view [n, blocks, h, w, 16] of Net.activations(copy=False)."""
    n, _, h, w, _ = blocks.shape
    return blocks.transpose(0, 1, 4, 2, 3).reshape(n, -1, h, w)[:, :channels]


def track(source, *, detect_every=1, smooth=False, start=0, end=None, step=1, images=False, fps=None, **options):
    """Returns Pose(**options).track(source, ...): for frame in track("clip.mp4"): ..."""
    pose = Pose(**options)
    return pose.track(source, detect_every=detect_every, smooth=smooth, start=start, end=end, step=step, images=images, fps=fps)
