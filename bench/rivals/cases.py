# The networks to compare, each written once for all engines: one file of weights, the same input.
# SPDX-License-Identifier: MIT

import dataclasses
import json
import os
import subprocess

import numpy as np

from lib import net_file
from lib.problem import Problem


@dataclasses.dataclass(frozen=True)
class Case:
    """reps: timed runs per process"""

    model: str
    size: tuple
    batch: int = 1
    reps: int = 2

    @property
    def title(self):
        return f"{self.model} {self.size[0]} x {self.size[1]}" + (f", batch {self.batch}" if self.batch > 1 else "")


CASES = {
    "yolov3": Case("yolov3", (608, 608)),
    "yolov3-spp": Case("yolov3-spp", (608, 608)),
    "yolov3-tiny": Case("yolov3-tiny", (416, 416), reps=5),
    "fastpose": Case("fastpose", (320, 256)),
    "fastpose-b6": Case("fastpose", (320, 256), batch=6),
}


def save_model(nets, model, size, path):
    """Writes graph and weights of `model`, a name that the programs know, to one file.  `nets`: our program bench/nets"""
    arguments = [nets, "--net", model, "--save_model", path] + (["--size", "x".join(map(str, size))] if size else [])
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Problem(f"{model}: expected bench/nets to write it, found: {done.stderr.strip()}")


def prepare(nets, case, folder):
    """Writes the files that the engines read to `folder`.  Returns the description that engines.py takes, which is also in the file under "self"."""
    os.makedirs(folder, exist_ok=True)
    path = lambda name: os.path.join(folder, name)
    files = {"source": path("net.safetensors"), "input": path("input.npy"), "errors": {}, "self": path("files.json")}
    save_model(nets, case.model + "@random", case.size, files["source"])
    net = net_file.prepared(files["source"])
    files |= {"outputs": net.outputs, "heads": net.heads, "weight_bytes": sum(array.nbytes for array in net.tensors.values())}
    files["folded"] = path("folded.safetensors")
    net_file.save(dataclasses.replace(net, heads={}), files["folded"])
    export(files, "onnx", lambda: export_onnx(net, case.batch, path("net.onnx")))
    export(files, "ncnn", lambda: export_ncnn(net, path("net")))
    np.save(files["input"], made_up((case.batch, *net.input_shape)))
    with open(files["self"], "w", encoding="utf-8") as file:
        json.dump(files, file)
    return files


def made_up(shape):
    """Returns a generated image; no value is special."""
    return np.random.default_rng(1).random(shape, dtype=np.float32)


def export(files, kind, write):
    """Writes one export.  An error is kept for the table: the engines that would read the file cannot run."""
    try:
        files |= write()
    except (Problem, ImportError, ValueError, RuntimeError) as error:
        files["errors"][kind] = " ".join(str(error).split())


def export_onnx(net, batch, path):
    from rivals import onnx_export

    onnx_export.write(net, batch, path)
    return {"onnx": path}


def export_ncnn(net, path):
    from rivals import ncnn_export

    name, outputs = ncnn_export.write(net, path)
    return {"ncnn": path, "ncnn_input": name, "ncnn_outputs": outputs}


def difference(ours, theirs, heads, outputs):
    """Returns the worst difference of a baseline's raw outputs from ours, relative to the values' scale; NaN counts as infinite.
    ours: rows of heads, or maps, in the order of `outputs`.  In rows, position, size and probabilities are compared relative to their own scales."""
    worst = 0.0
    for name, a, b in zip(outputs, ours, theirs, strict=True):
        head = heads.get(name)
        b = net_file.decode(head, b) if head else b
        if a.shape != b.shape:
            return float("inf")
        parts = [slice(0, 2), slice(2, 4), slice(4, None)] if head else [slice(None)]
        for part in parts:
            scale = max(float(np.abs(a[..., part]).max()), 1e-30)
            delta = float(np.abs(a[..., part].astype(np.float64) - b[..., part]).max()) / scale
            worst = max(worst, delta if np.isfinite(delta) else float("inf"))
    return worst
