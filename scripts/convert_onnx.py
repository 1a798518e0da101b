#!/usr/bin/env python3
# Converts an ONNX model to one safetensors file that holds graph and weights (docs/graph_format.md).
# SPDX-License-Identifier: MIT
"""Needs numpy and onnx (Debian: python3-onnx).  A model with an op or an option without a kernel here is refused; the message names the node."""

import argparse
import os

from lib import output_file
from lib.problem import Problem, run

IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
POSE_PRESETS = {  # docs/spec.md, section 16; docs/onnx.md
    "simplepose": IMAGENET | {"joints": 17},
    "rtmpose": IMAGENET | {"decode": "simcc"},
}
DETECTOR_PRESETS = ("rtmdet", "yolov8", "yolox")


def triple(text):
    numbers = tuple(float(part) for part in text.split(","))
    if len(numbers) != 3:
        raise argparse.ArgumentTypeError(f"expected three numbers R,G,B, found {text!r}")
    return numbers


def sizes(text):
    numbers = tuple(int(part) for part in text.split(","))
    if len(numbers) != 4 or not all(1 <= number <= 65536 for number in numbers):
        raise argparse.ArgumentTypeError(f"expected four numbers N,C,H,W from 1 to 65536, found {text!r}")
    return numbers


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", help=".onnx")
    parser.add_argument("output", help=".safetensors")
    parser.add_argument("--shape", type=sizes, metavar="N,C,H,W", help="shape of the input, where the file leaves sides open")
    parser.add_argument("--outputs", metavar="NAME,...", help="tensors that become the outputs: ends the network before post-processing")
    presets = sorted((*POSE_PRESETS, *DETECTOR_PRESETS))
    parser.add_argument("--preset", choices=presets, help="network whose pre-processing and decoding are known (docs/onnx.md)")
    parser.add_argument("--pose-mean", type=triple, metavar="R,G,B", help="pose network: mean of the pixels, in units of v / 255")
    parser.add_argument("--pose-std", type=triple, metavar="R,G,B", help="pose network: divisor of the pixels, less the mean (default: 1,1,1)")
    parser.add_argument("--joints", type=int, help="pose network: number of output channels that are keypoints (default: 17)")
    args = parser.parse_args()
    is_pose = args.pose_mean is not None or args.preset in POSE_PRESETS
    if not is_pose and (args.pose_std is not None or args.joints is not None):
        parser.error("--pose-std and --joints need --pose-mean or the preset of a pose network")
    if args.pose_mean is not None and args.preset in DETECTOR_PRESETS:
        parser.error(f"--pose-mean is for pose networks; --preset {args.preset} is a detector")
    return args


def pose_of(args, decoded):
    """Returns how the network wants its crops, or None for a network that is not a pose network.  decoded: number of keypoints of a head, or 0"""
    if args.preset not in POSE_PRESETS and args.pose_mean is None:
        return None
    pose = {"mean": (0, 0, 0), "std": (1, 1, 1), "joints": decoded or 17, **POSE_PRESETS.get(args.preset, {})}
    given = {"mean": args.pose_mean, "std": args.pose_std, "joints": args.joints}
    return pose | {key: value for key, value in given.items() if value is not None}


def main():
    args = parse_args()
    try:
        from lib import onnx_heads, onnx_model, onnx_ops
    except ImportError as error:
        raise Problem(f"expected the Python packages numpy and onnx (Debian: python3-onnx), found: {error}") from None
    output_file.expect_other(args.output, args.input)
    decode, pixels = onnx_heads.DETECTORS.get(args.preset, (None, None))
    prepare = (lambda model, name: onnx_heads.pixels(model, name, *pixels)) if pixels else None
    model = onnx_model.Model(args.input, args.shape, args.outputs.split(",") if args.outputs else None, prepare)
    model.graph.title = os.path.splitext(os.path.basename(args.output))[0]
    model.convert(onnx_ops.CONVERTERS)
    channels = 0
    if decode:
        outputs = decode(model)
    elif POSE_PRESETS.get(args.preset, {}).get("decode") == "simcc":
        outputs, channels = onnx_heads.simcc(model)
    else:
        values = model.outputs()
        outputs = [value.node for value in values]
    pose = pose_of(args, channels)
    channels = channels or (values[0].chw[0] if pose else 0)
    if pose is not None and not (1 <= pose["joints"] <= channels and min(pose["std"]) > 0):
        raise Problem(f"{args.input}: expected std above 0 and `joints` from 1 to {channels}, the channels of the output, found {pose}")
    model.graph.write(args.output, outputs, pose)


if __name__ == "__main__":
    run(main)
