#!/usr/bin/env python3
# Measures networks and single convolutions in PyTorch, in microseconds: eager and as a CUDA graph, fp16 and TF32, channels last.
# SPDX-License-Identifier: MIT
"""gpu_torch.py models|layers DEVICE CASES prints one JSON object per line.

DEVICE: cuda or cpu (float32, eager only).  CASES, as JSON: [{"net", "file", "batch"}, ...]; bench/nets --save_model writes the files.  Batch norms are
folded, as every optimizer does.
models: {"net", "batch", "how", "us"}.  layers: {"net", "batch", "layer", "conv", "shape", "how", "us"} of each distinct convolution, the conv-th of its
network; `cudnn` is PyTorch's convolution, `cublas` the matrix product of the same size."""

import json
import pathlib
import statistics
import sys
import time

import torch
import torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from lib import net_file, torch_net  # noqa: E402


def put(**fields):
    print(json.dumps(fields), flush=True)


def median_us(work, device, runs, calls=1):
    """Returns the median time of one call; work() does the same thing `calls` times."""
    times = []
    for _ in range(runs + 3):
        if device == "cuda":
            begin, end = torch.cuda.Event(True), torch.cuda.Event(True)
            begin.record()
            work()
            end.record()
            end.synchronize()
            times.append(1e3 * begin.elapsed_time(end))
        else:
            begin = time.perf_counter()
            work()
            times.append(1e6 * (time.perf_counter() - begin))
    return round(statistics.median(times[3:]) / calls, 2)


def graphed(work, calls=1):
    """Captures `calls` calls in one CUDA graph."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            work()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for _ in range(calls):
            work()
    return graph.replay


def precisions(device):
    return (("fp16", torch.half), ("tf32", torch.float)) if device == "cuda" else (("fp32", torch.float),)


def models(device, cases):
    loaded = {}
    for name, dtype in precisions(device):
        for case in cases:
            if (case["file"], name) not in loaded:
                loaded.clear()
                net = torch_net.TorchNet(net_file.prepared(case["file"]), torch.channels_last)
                net.params = {key: [t.to(device, dtype) for t in tensors] for key, tensors in net.params.items()}
                loaded[case["file"], name] = net
            net = loaded[case["file"], name]
            x = torch.rand(case["batch"], *net.net.input_shape).to(device, dtype).contiguous(memory_format=torch.channels_last)
            runs = 30 if device == "cuda" else 3
            put(net=case["net"], batch=case["batch"], how=name + "_eager", us=median_us(lambda: net(x), device, runs))
            if device == "cuda":
                put(net=case["net"], batch=case["batch"], how=name + "_graph", us=median_us(graphed(lambda: net(x)), device, runs))


def convolutions(net):
    """Yields (number among all convolutions, node, channels, height, width of its input) of each distinct convolution."""
    order = [node["name"] for node in net.net.nodes if node["op"] == "conv2d"]
    shapes, seen = {}, set()
    x = torch.zeros(1, *net.net.input_shape, device="meta")
    net.params = {key: [t.to("meta") for t in tensors] for key, tensors in net.params.items()}
    plain = net.conv2d

    def note(node, x, *residual):
        key = (tuple(x.shape), tuple(net.params[node["name"]][0].shape), node["stride_h"], node["groups"])
        if key not in seen:
            seen.add(key)
            shapes[node["name"]] = (order.index(node["name"]), node, *x.shape[1:])
        return plain(node, x, *residual)

    net.conv2d = note
    net(x)
    return shapes.values()


def layers(device, cases):
    name, dtype = precisions(device)[0]
    for case in cases:
        for conv, node, c, h, w in convolutions(torch_net.TorchNet(net_file.prepared(case["file"]))):
            k, s, groups, out = node["kernel_h"], node["stride_h"], node["groups"], node["out_c"]
            top, left, _, _ = torch_net.pads(node)
            x = torch.rand(case["batch"], c, h, w).to(device, dtype).contiguous(memory_format=torch.channels_last)
            weight = torch.rand(out, c // groups, k, node["kernel_w"]).to(device, dtype).contiguous(memory_format=torch.channels_last)
            y = F.conv2d(x, weight, None, s, (top, left), groups=groups)
            a = torch.rand(y.shape[0] * y.shape[2] * y.shape[3], c * k * k // groups).to(device, dtype)
            b = torch.rand(a.shape[1], out).to(device, dtype)
            works = {"cudnn": lambda: F.conv2d(x, weight, None, s, (top, left), groups=groups)}
            if groups == 1:
                works["cublas"] = lambda: a @ b
            for how, work in works.items():
                us = median_us(graphed(work, 10), device, 10, 10) if device == "cuda" else median_us(work, device, 3)
                shape = f"{k}x{k}/{s} {c}->{out} {h}x{w}"
                put(net=case["net"], batch=case["batch"], layer=node["name"], conv=conv, shape=shape, how=f"{how}_{name}", us=us)


def main():
    what, device, cases = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    with torch.inference_mode():
        {"models": models, "layers": layers}[what](device, cases)


if __name__ == "__main__":
    main()
