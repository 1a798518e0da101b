#!/usr/bin/env python3
# Converts a .tflite network to one safetensors file that holds graph and weights (docs/graph_format.md).
# SPDX-License-Identifier: MIT
"""Needs numpy.  Only what the chosen outputs need is converted.  A network with an op or an option without a kernel here is refused; the message names the
tensor that the op computes."""

import argparse
import os

from lib import output_file, tflite_file, tflite_ops
from lib.problem import Problem, excerpt, run


PRESETS = {  # name -> outputs, `pose` of the graph
    "blazepose": (["Identity", "Identity_1", "Identity_4"],
                  {"mean": [0, 0, 0], "std": [1, 1, 1], "joints": 33, "keypoints": "blazepose33", "crop": "aligned", "decode": "landmarks"}),
}


def chosen(path, network, names):
    """Returns the indices of the tensors of these names; by default the network's outputs."""
    if not names:
        return network.outputs
    places = {tensor.name: i for i, tensor in enumerate(network.tensors)}
    for name in names:
        if name not in places:
            raise Problem(f"{path}: expected a tensor {excerpt(name)}, found the outputs {', '.join(network.tensors[i].name for i in network.outputs)}")
    return tuple(places[name] for name in names)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", help=".tflite")
    parser.add_argument("output", help=".safetensors")
    parser.add_argument("--preset", choices=sorted(PRESETS), help="network whose outputs and pre-processing are known")
    parser.add_argument("--outputs", nargs="+", metavar="TENSOR", help="tensors that become the outputs (default: the network's)")
    args = parser.parse_args()
    if args.preset and args.outputs:
        parser.error("--outputs: expected none with --preset")
    names, pose = PRESETS.get(args.preset, (args.outputs, None))
    output_file.expect_other(args.output, args.input)
    network = tflite_file.read(args.input)
    converter = tflite_ops.Converter(args.input, network)
    outputs = converter.run(chosen(args.input, network, names))
    converter.graph.title = os.path.splitext(os.path.basename(args.output))[0]
    converter.graph.write(args.output, [node for node, _ in outputs], pose)


if __name__ == "__main__":
    run(main)
