#!/usr/bin/env python3
# Converts AlphaPose's pose networks, .pth files of its model zoos, to safetensors.
# SPDX-License-Identifier: MIT
"""AlphaPose's models are for non-commercial research only.  Needs numpy.  Reads the file without PyTorch and without executing anything in it.

Networks: FastPose of the branches pytorch (duc_se.pth) and master, FastPose_DUC and SimplePose, on ResNet and SE-ResNet of 50, 101 and 152 layers, with 17
(COCO), 26, 68 or 136 (Halpe) keypoints.  Depth, head and keypoints follow from the tensors.  Networks with deformable convolutions (DCN) are refused."""

import argparse
import json
import re

import numpy as np

from lib import fastpose, output_file, problem, safetensors_file, torch_file

KEYPOINTS = {17: "coco17", 26: "halpe26", 68: "halpe68", 136: "halpe136"}
OLD_HEATMAPS = 33  # of the branch pytorch, whose first 17 are used
DECODE = {"MSELoss": "maxima", "L1JointRegression": "integral", "Combined": "mixed"}  # LOSS: TYPE of the configuration -> `decode` (docs/graph_format.md)


def checked(path, found, expected):
    """Returns the expected tensors as float32.  Throws Problem for the first one that is missing, unexpected, of another shape or not finite."""
    out = {}
    for name, shape in expected.items():
        if name not in found:
            raise problem.Problem(f"{path}: {name}: expected a tensor {list(shape)}, found none of that name")
        array = found.pop(name)
        if array.shape != shape or array.dtype.kind != "f":
            raise problem.Problem(f"{path}: {name}: expected float numbers {list(shape)}, found {array.dtype} {list(array.shape)}")
        with np.errstate(over="ignore"):  # float64 values that overflow are found below
            out[name] = array.astype(np.float32)
        if not np.isfinite(out[name]).all():
            raise problem.Problem(f"{path}: {name}: expected finite numbers, found others")
    for name, array in found.items():
        raise problem.Problem(f"{path}: {problem.excerpt(name)}: expected no such tensor, found one {list(array.shape)}")
    return out


def without_unshuffle(weight):
    """Returns the weight [o, c, 6, 6] of a convolution with stride 2 that equals PixelUnshuffle(2) and a convolution [o, 4 c, 3, 3]."""
    o, c, h, w = weight.shape
    parts = weight.reshape(o, c // 4, 2, 2, h, w)  # of each channel, the rows and columns of two by two pixels
    return parts.transpose(0, 1, 4, 2, 5, 3).reshape(o, c // 4, 2 * h, 2 * w)


def size(text):
    match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text)
    if match is None or any(int(side) % 32 or int(side) == 0 for side in match.groups()):
        raise argparse.ArgumentTypeError(f"expected HxW, multiples of 32, found {text!r}")
    return text


def metadata_of(args, form):
    """Returns what the graph's builder needs with the tensors."""
    old = args.branch == "pytorch" if args.branch else form.heatmaps == OLD_HEATMAPS
    joints = 17 if old else form.heatmaps
    if joints not in KEYPOINTS or joints > form.heatmaps:
        raise problem.Problem(f"{args.input}: expected {OLD_HEATMAPS} or {', '.join(map(str, KEYPOINTS))} heatmaps, found {form.heatmaps}")
    if old and args.loss:
        raise problem.Problem(f"{args.input}: expected no --loss for a network of the branch pytorch, found {args.loss}")
    pose = {"mean": (0.406, 0.457, 0.48), "std": (1, 1, 1), "joints": joints, "keypoints": KEYPOINTS[joints]}
    if not old:
        pose |= {"crop": "centered", "decode": DECODE[args.loss or "MSELoss"]}
    return {"format": "pt", "input": args.size or ("320x256" if old else "256x192"), "pose": json.dumps(pose)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", help="state dict written by torch.save (.pth)")
    parser.add_argument("output", help=".safetensors")
    parser.add_argument("--branch", choices=("pytorch", "master"), help=f"AlphaPose's branch (default: pytorch for {OLD_HEATMAPS} heatmaps, else master)")
    parser.add_argument("--loss", choices=sorted(DECODE), help="branch master: LOSS TYPE of the network's configuration (default: MSELoss)")
    parser.add_argument("--size", type=size, metavar="HxW", help="size of the crops (default: 320x256 for the branch pytorch, 256x192 for master)")
    args = parser.parse_args()
    output_file.expect_other(args.output, args.input)
    state = torch_file.without_wrapper(args.input, torch_file.read_state_dict(args.input))
    form = fastpose.form_of(args.input, state)
    metadata = metadata_of(args, form)
    tensors = checked(args.input, state, fastpose.tensors(form))
    for name in tensors:
        if name.endswith(".conv2.1.weight"):
            tensors[name] = without_unshuffle(tensors[name])
    safetensors_file.write(args.output, tensors, metadata)


if __name__ == "__main__":
    problem.run(main)
