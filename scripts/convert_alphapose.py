#!/usr/bin/env python3
# Converts AlphaPose's pose network (duc_se.pth of its model zoo) to safetensors.
# SPDX-License-Identifier: MIT
"""AlphaPose's models are for non-commercial research only.  Needs numpy.  Reads the file without PyTorch and without executing anything in it."""

import argparse

import numpy as np

from lib import fastpose, output_file, problem, safetensors_file, torch_file


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


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", help="state dict written by torch.save (.pth)")
    parser.add_argument("output", help=".safetensors")
    parser.add_argument("--depth", type=int, choices=sorted(fastpose.BLOCKS), default=101, help="depth of the SE-ResNet (default: 101)")
    parser.add_argument("--heatmaps", type=int, default=33, help="channels of the output (default: 33)")
    parser.add_argument("--width", type=int, default=64, help="channels of the first stage (default: 64)")
    args = parser.parse_args()
    output_file.expect_other(args.output, args.input)
    expected = fastpose.tensors(args.depth, args.heatmaps, args.width)
    state = torch_file.without_wrapper(args.input, torch_file.read_state_dict(args.input))
    safetensors_file.write(args.output, checked(args.input, state, expected), {"format": "pt"})


if __name__ == "__main__":
    problem.run(main)
