#!/usr/bin/env python3
# Writes a trained pose-nano as one file for our programs: graph, weights as F16, description of the crops, license and model card.
# SPDX-License-Identifier: MIT
"""Batch norms are folded before the weights are rounded, since small variances would become subnormal in F16."""

import argparse
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from lib import graph as graphs  # noqa: E402
from lib import net_file, output_file  # noqa: E402
from lib.problem import Problem, reason, run  # noqa: E402

import checkpoint  # noqa: E402
import nano_net  # noqa: E402

RELU, NONE = graphs.act("relu"), graphs.act()


class Writer:
    """Converts modules to nodes with the modules' names."""

    def __init__(self, title, state):
        self.graph, self.state = graphs.Graph(title, title), state

    def add(self, name, op, inputs, params=(), **fields):
        """params: the rest of the parameter's name in the state dict, after the module's name"""
        return self.graph.add(name, op, inputs, [(key, self.state[key].float().numpy()) for key in params], fields)

    def conv(self, name, module, x):
        weight = self.state[name + ".weight"].float().numpy()
        kernel, stride, pad = (weight.shape[2:], module.stride, module.padding) if weight.ndim == 4 else ((1, 1), (1, 1), (0, 0))  # else: fully connected
        params = [(name + ".weight", weight.reshape(*weight.shape[:2], *kernel))]
        if module.bias is not None:
            params.append((name + ".bias", self.state[name + ".bias"].float().numpy()))
        sides = {"in_c": weight.shape[1], "out_c": weight.shape[0], **graphs.window(kernel, stride, (*pad, *pad))}
        end = {"groups": 1, "bias": module.bias is not None, "act": NONE, "residual": False, "post": NONE}
        return self.graph.add(name, "conv2d", [x], params, {**sides, **end})

    def norm(self, name, module, x, act):
        params = [f"{name}.{part}" for part in ("weight", "bias", "running_mean", "running_var")]
        return self.add(name, "batch_norm", [x], params, c=module.num_features, eps=graphs.act(slope=module.eps)["slope"], act=act)

    def conv_bn(self, conv, bn, parent, x, act=RELU):
        """conv, bn: names of two consecutive modules below `parent`"""
        prefix, module = parent
        x = self.conv(f"{prefix}.{conv}", module.get_submodule(conv), x)
        return self.norm(f"{prefix}.{bn}", module.get_submodule(bn), x, act)

    def squeeze_excite(self, name, module, x):
        mean = graphs.window((1, 1), (1, 1), (0, 0, 0, 0))
        y = self.add(name + ".avg_pool", "avg_pool", [x], **{"global": True, **mean, "count_outside": False})
        y = self.add(name + ".fc.1", "activation", [self.conv(name + ".fc.0", module.fc[0], y)], act=RELU)
        y = self.add(name + ".fc.3", "activation", [self.conv(name + ".fc.2", module.fc[2], y)], act=graphs.act("logistic"))
        return self.add(name, "scale", [x, y], residual=False, act=NONE)

    def bottleneck(self, name, module, x):
        here = (name, module)
        y = self.conv_bn("conv2", "bn2", here, self.conv_bn("conv1", "bn1", here, x))
        y = self.conv_bn("conv3", "bn3", here, y, NONE)
        if module.se is not None:
            y = self.squeeze_excite(name + ".se", module.se, y)
            x = self.conv_bn("downsample.0", "downsample.1", here, x, NONE)
        return self.add(name + ".sum", "add", [y, x], act=RELU)

    def shuffle(self, name, x):
        return self.add(name, "pixel_shuffle", [x], factor=2)


def to_net(net, title, height, width, mean, std):
    """Returns a net_file.Net of a NanoPose, with batch norms folded."""
    writer = Writer(title, net.state_dict())
    x = writer.add("input", "input", [], shape={"n": 1, "h": height, "w": width, "c": 3})
    trunk = ("preact", net.preact)
    x = writer.conv_bn("conv2", "bn2", trunk, writer.conv_bn("conv1", "bn1", trunk, x))
    for stage in range(1, 5):
        for b, block in enumerate(net.preact.get_submodule(f"layer{stage}")):
            x = writer.bottleneck(f"preact.layer{stage}.{b}", block, x)
    x = writer.shuffle("suffle1", x)
    for name in ("duc1", "duc2"):
        x = writer.shuffle(name, writer.conv_bn("conv", "bn", (name, net.get_submodule(name)), x))
    out = writer.conv("conv_out", net.conv_out, x)
    pose = {"mean": mean, "std": std, "joints": net.conv_out.out_channels}
    return net_file.fuse_activations(net_file.fold(net_file.Net(writer.graph.nodes, writer.graph.tensors, [out], pose)))


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", help="checkpoint of train.py: state.pt")
    parser.add_argument("output", help=".safetensors")
    parser.add_argument("--dtype", choices=("F16", "F32"), default="F16")
    parser.add_argument("--card", help="text file: data, steps, measured quality, limits (default: the run's options and scores from the checkpoint)")
    parser.add_argument("--licence", default="MIT", help="license of the weights (default: MIT)")
    return parser.parse_args()


def main():
    args = parse_args()
    output_file.expect_other(args.output, args.checkpoint, args.card)
    state = checkpoint.read(args.checkpoint)
    net = nano_net.NanoPose(state["size"])
    try:
        net.load_state_dict(state["averaged"])
    except RuntimeError as error:
        raise Problem(f"{args.checkpoint}: expected the weights of size {state['size']}, found: {reason(error)}") from None
    about = {key: state[key] for key in ("size", "step", "samples", "seconds", "options", "scores")}
    card = pathlib.Path(args.card).read_text(encoding="ascii") if args.card else json.dumps(about, sort_keys=True)
    title = f"pose-{state['size']}"
    metadata = {"name": title, "licence": args.licence, "card": card}
    net_file.save(to_net(net, title, nano_net.INPUT_H, nano_net.INPUT_W, nano_net.MEAN, nano_net.STD), args.output, title, metadata, args.dtype)
    print(f"{args.output}: {pathlib.Path(args.output).stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    run(main)
