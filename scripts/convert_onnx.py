#!/usr/bin/env python3
# Converts an ONNX model to one safetensors file that holds graph and weights (docs/graph_format.md).
# SPDX-License-Identifier: MIT
"""Needs numpy and onnx (Debian: python3-onnx).  A model with an op or an option without a kernel here is refused; the message names the node."""

import argparse
import os

from lib import output_file
from lib.problem import Problem, run

PRESETS = {  # docs/spec.md, section 16
    "simplepose": {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225), "joints": 17},
}


def triple(text):
    numbers = tuple(float(part) for part in text.split(","))
    if len(numbers) != 3:
        raise argparse.ArgumentTypeError(f"expected three numbers R,G,B, found {text!r}")
    return numbers


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", help=".onnx")
    parser.add_argument("output", help=".safetensors")
    parser.add_argument("--preset", choices=sorted(PRESETS), help="pose network whose pre-processing is known")
    parser.add_argument("--pose-mean", type=triple, metavar="R,G,B", help="pose network: mean of the pixels, in units of v / 255")
    parser.add_argument("--pose-std", type=triple, metavar="R,G,B", help="pose network: divisor of the pixels after the mean is subtracted (default: 1,1,1)")
    parser.add_argument("--joints", type=int, help="pose network: number of output channels that are keypoints (default: 17)")
    args = parser.parse_args()
    if args.pose_mean is None and args.preset is None and (args.pose_std is not None or args.joints is not None):
        parser.error("--pose-std and --joints need --pose-mean or --preset")
    return args


def pose_of(args):
    """Returns how the network wants its crops, or None for a network that is not a pose network."""
    if args.preset is None and args.pose_mean is None:
        return None
    pose = {"mean": (0, 0, 0), "std": (1, 1, 1), "joints": 17, **PRESETS.get(args.preset, {})}
    given = {"mean": args.pose_mean, "std": args.pose_std, "joints": args.joints}
    return pose | {key: value for key, value in given.items() if value is not None}


def main():
    args = parse_args()
    try:
        from lib import onnx_model, onnx_ops
    except ImportError as error:
        raise Problem(f"expected the Python packages numpy and onnx (Debian: python3-onnx), found: {error}") from None
    output_file.expect_other(args.output, args.input)
    model = onnx_model.Model(args.input)
    model.graph.title = os.path.splitext(os.path.basename(args.output))[0]
    model.convert(onnx_ops.CONVERTERS)
    outputs, pose = model.outputs(), pose_of(args)
    if pose is not None and not (1 <= pose["joints"] <= outputs[0][1] and min(pose["std"]) > 0):
        raise Problem(f"{args.input}: expected std above 0 and `joints` from 1 to {outputs[0][1]}, the channels of the output, found {pose}")
    model.graph.write(args.output, [node for node, _ in outputs], pose)


if __name__ == "__main__":
    run(main)
