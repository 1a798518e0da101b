# alphapose_cpp: 2D pose estimation, and networks layer by layer, from Python (docs/python.md).
# SPDX-License-Identifier: MIT
"""Networks: load(model).run(x) and .activations(x).  People in an image: Pose(...)(image), in a clip: track(clip).  Failures raise Error."""

import os as _os

from alphapose_cpp._core import (
    DataError, DeviceError, Error, Frame, InputError, Layer, ModelError, Net, Person, Pose, TrackedPerson, Tracking, decode, load, model_names,
    set_data_dir as _set_data_dir,
)

__all__ = [
    "DataError", "DeviceError", "Error", "Frame", "InputError", "Layer", "ModelError", "Net", "Person", "Pose", "TrackedPerson", "Tracking", "decode",
    "load", "model_names", "nchw", "track",
]

_set_data_dir(_os.path.dirname(_os.path.abspath(__file__)))


def nchw(blocks, channels):
    """Returns an array [n, channels, h, w] for a view [n, blocks, h, w, 16] of Net.activations(copy=False)."""
    shape = getattr(blocks, "shape", None)
    if shape is None or len(shape) != 5:
        raise InputError(f"blocks: expected an array [n, blocks, h, w, 16], found {type(blocks).__name__ if shape is None else list(shape)}")
    n, count, h, w, lanes = shape
    if not isinstance(channels, int) or not 0 <= channels <= count * lanes:
        raise InputError(f"channels: expected 0 to {count * lanes}, found {channels!r:.80}")
    return blocks.transpose(0, 1, 4, 2, 3).reshape(n, -1, h, w)[:, :channels]


def track(source, *, detect_every=1, smooth=False, start=0, end=None, step=1, images=False, fps=None, **options):
    """Returns Pose(**options).track(source, ...): for frame in track("clip.mp4"): ..."""
    pose = Pose(**options)
    return pose.track(source, detect_every=detect_every, smooth=smooth, start=start, end=end, step=step, images=images, fps=fps)
