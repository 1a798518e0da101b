#!/usr/bin/env python3
# Measures the rounding errors of networks on the CPU, for many seeds of their weights, and prints a Markdown table.
# SPDX-License-Identifier: MIT
"""Every network runs on the vector targets and on the reference implementation, which sums in double.  The table shows, over all seeds, the largest error
of the results in units of the bounds that must hold (docs/layers_diff.md), the largest error of a layer in units of its bound, and the kernel of that layer.
With --torch, each layer also runs on PyTorch's inputs, and the table shows the ratio of our error to PyTorch's, both against the reference implementation.

A network is NAME (its own weights, on every image), NAME@random or NAME@seed.  Seeds number the weights.  Statistics of the batch norms of NAME@seed that
are in no folder are measured with PyTorch on the images."""

import argparse
import collections
import json
import os
import statistics
import sys
import tempfile

from lib.problem import Problem, run
from lib.run_program import run_program

PROJECT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
IMAGES = [os.path.join(PROJECT, "docs", "images", "photos", name) for name in ("footballers.jpg", "surfers.jpg")]
NETS = ("yolov3-spp@seed", "fastpose@seed", "yolov3-tiny@random", "yolo-fastest-xl@random", "yolov3-tiny", "yolo-fastest-xl", "simplepose", "pose-nano")
POSE_NETS = ("fastpose", "simplepose", "pose-nano")
DETECTIONS, HEATMAPS = "2e-4,1e-4", "0,2e-3"  # relative and absolute error of results


def numbers(text):
    """Parses 3, 0,1,5 or 0-15."""
    try:
        first, dash, last = text.partition("-")
        return list(range(int(first), int(last) + 1)) if dash else [int(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected numbers such as 0,1 or 0-15, found {text!r}") from None


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("nets", nargs="*", default=NETS, metavar="NET", help=f"default: {' '.join(NETS)}")
    parser.add_argument("--seeds", type=numbers, default=[0, 1], metavar="N-M", help="seeds of the weights (default: 0,1)")
    parser.add_argument("--targets", nargs="+", default=["avx2", "avx512"], metavar="T")
    parser.add_argument("--images", nargs="+", default=IMAGES, metavar="F", help="default: the project's two")
    parser.add_argument("--torch", action="store_true", help="compare with PyTorch's errors; takes twice as long")
    parser.add_argument("--work", metavar="DIR", help="folder to keep statistics and reference values in, for the next run, perhaps of another build")
    parser.add_argument("--inp_dim", type=int, default=0, help="side of a detector's input (default: the cfg's)")
    parser.add_argument("--layers", default=os.path.join("build", "apps", "layers"), metavar="PROGRAM", help="default: %(default)s")
    parser.add_argument("--json", metavar="F", help="also write all numbers to this file")
    return parser.parse_args()


def base_of(net):
    return net.partition("@")[0]


def measure_statistics(base, seed, args, path):
    """Runs the network in PyTorch once on all images, and writes the mean and variance of each batch norm's input."""
    import numpy as np
    import torch

    from lib import safetensors_file, torch_darknet, torch_fastpose, torch_models, torch_weights

    darknet = base != "fastpose"
    module = torch_darknet.Darknet(torch_models.cfg_of(base), zero_padded=True, inp_dim=args.inp_dim) if darknet else torch_fastpose.FastPose()
    norms = [part for part in module.modules() if isinstance(part, torch.nn.BatchNorm2d)]
    listed = torch_weights.parameters(module, darknet)
    blank = np.concatenate([np.full(tensor.numel(), role == "var", "<f4") for _, role, tensor in listed if role in ("mean", "var")])
    blank.tofile(path)
    torch_weights.generate(module, darknet, seed, path)
    inputs = []
    for image in args.images:
        with tempfile.TemporaryDirectory() as folder:
            dump = os.path.join(folder, "input.safetensors")
            run_program([args.layers, "dump", "--model", f"{base}@random", "--input", image, "--out", dump, "--only", "^(data|input)$", "--quiet", *side(args)])
            tensors, _ = safetensors_file.read(dump)
            inputs.append(torch.from_numpy(next(iter(tensors.values())).copy()))
    for norm in norms:
        norm.momentum = 1.0  # the running statistics become those of this batch
    with torch.no_grad():
        module.train()(torch.cat(inputs))
    values = [tensor.detach().numpy().ravel() for _, role, tensor in torch_weights.parameters(module, darknet) if role in ("mean", "var")]
    np.concatenate(values).astype("<f4").tofile(path)


def side(args):
    return ["--inp_dim", args.inp_dim] if args.inp_dim else []


def cases_of(net, args, folder):
    """Returns the label, the model, its options and its image of every run of a network."""
    base, _, how = net.partition("@")
    if not how:
        return [(os.path.basename(image), base, side(args), image) for image in args.images]
    cases = []
    for seed in args.seeds:
        options = side(args)
        if how == "seed":
            path = os.path.join(folder, f"{base}_seed{seed}.bin")
            if not os.path.exists(path):
                measure_statistics(base, seed, args, path)
            options = options + ["--bn", path]
        cases.append((f"seed {seed}", f"{base}@{how}:{seed}", options, args.images[seed % len(args.images)]))
    return cases


def diff(args, target, model, options, reference, folder, *more):
    """Returns the layers of `layers diff`."""
    report = os.path.join(folder, "diff.json")
    command = [args.layers, "diff", "--model", model, "--against", reference, "--fused", "--target", target, "--json", report, "--quiet", *options, *more]
    try:
        run_program(command)
    except Problem:
        if not os.path.exists(report):
            raise  # a layer beyond the tolerance also ends it with 1
    with open(report, encoding="utf-8") as file:
        layers = json.load(file)["layers"]
    os.remove(report)
    return layers


def measure(net, case, args, folder):
    """Returns target -> the errors of one run."""
    label, model, options, image = case
    pose = base_of(net) in POSE_NETS
    exact, torch = (os.path.join(folder, f"{net} {label} {kind}.safetensors") for kind in ("exact", "torch"))
    if not os.path.exists(exact):
        run_program([args.layers, "dump", "--model", model, "--input", image, "--out", exact, "--fused", "--target", "ref", "--quiet", *options])
    if args.torch and not os.path.exists(torch):
        run_program([sys.executable, os.path.join(PROJECT, "scripts", "dump_pytorch.py"), "--model", model, "--input", exact, "--out", torch, *options])
    results = {}
    for target in args.targets:
        total = diff(args, target, model, options, exact, folder, "--tolerance", "bound")
        ends = diff(args, target, model, options, exact, folder, "--tolerance", HEATMAPS if pose else DETECTIONS)
        outputs = ends[-1:] if pose else [layer for layer in ends if layer["op"] == "yolo_head"]
        worst = max(total, key=lambda layer: layer["total"]["worst"])
        own = diff(args, target, model, options, exact, folder, "--teacher-forced")
        result = {
            "net": net, "case": label, "target": target, "output": max(layer["total"]["worst"] for layer in outputs),
            "layer": worst["total"]["worst"], "kernel": worst["kernel"], "name": worst["name"],
            "own": [[layer["kernel"], layer["own"]["rel_l2"]] for layer in own if layer["own"] is not None],
        }  # fmt: skip
        if args.torch:
            layers = diff(args, target, model, options, torch, folder, "--oracle")
            pairs = [(layer, layer["oracle"]["ours"]["rel_l2"], layer["oracle"]["reference"]["rel_l2"]) for layer in layers if layer["oracle"]]
            result["ratios"] = [[layer["name"], layer["kernel"], ours / theirs] for layer, ours, theirs in pairs if theirs > 0]
        results[target] = result
        print(f"{net} {label} {target}: results {result['output']:.3g}, layers {result['layer']:.3g} at {result['name']} ({result['kernel']})", file=sys.stderr)
    return results


def table(results, args):
    """Returns the lines of the table."""
    heads = ["network", "target", "runs", "results / bound", "layer / bound", "at", "kernel"]
    heads += ["median ratio to PyTorch", "worst", "at", "kernel"] if args.torch else []
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    groups = collections.defaultdict(list)
    for result in results:
        groups[result["net"], result["target"]].append(result)
    for (net, target), runs in groups.items():
        layer = max(runs, key=lambda r: r["layer"])
        cells = [net, target, len(runs), f"{max(r['output'] for r in runs):.2g}", f"{layer['layer']:.2g}", layer["name"], layer["kernel"]]
        if args.torch:
            ratios = [ratio for r in runs for ratio in r["ratios"]]
            name, kernel, worst = max(ratios, key=lambda ratio: ratio[2])
            cells += [f"{statistics.median(ratio[2] for ratio in ratios):.2f}", f"{worst:.2f}", name, kernel]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return lines


def main():
    args = parse_args()
    results = []
    for net in args.nets:
        with tempfile.TemporaryDirectory() as temporary:
            folder = args.work or temporary
            for case in cases_of(net, args, folder):
                results += measure(net, case, args, folder).values()
                if args.json:
                    with open(args.json, "w", encoding="utf-8") as file:
                        json.dump(results, file)
    print("\n".join(table(results, args)))


if __name__ == "__main__":
    run(main)
