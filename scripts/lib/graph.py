# Graph: a network for our programs, written as safetensors with the graph in the metadata (docs/graph_format.md).
# SPDX-License-Identifier: MIT

import json

import numpy as np

from lib import safetensors_file
from lib.problem import Problem

MAX_NAME = 120  # characters; the reader allows 512 bytes


def printable(name):
    """Returns the name in a form that the reader accepts."""
    return "".join(c if c.isprintable() else "_" for c in name)[:MAX_NAME] or "node"


def act(kind="linear", slope=0.1):
    return {"kind": kind, "slope": float(np.float32(slope))}


def window(kernel, strides, pads):
    """pads: top, left, bottom, right, as in ONNX"""
    fields = dict(zip(("kernel_h", "kernel_w", "stride_h", "stride_w"), (*kernel, *strides)))
    return {**fields, **dict(zip(("pad_top", "pad_left", "pad_bottom", "pad_right"), pads))}


class Graph:
    """Nodes in order, and the tensors that they name.  source: for messages"""

    def __init__(self, title, source):
        self.title, self.source, self.nodes, self.tensors = title, source, [], {}
        self.by_name = {}  # the nodes

    def add(self, name, op, inputs, params, fields):
        """params: (name, array) pairs.  Returns the node's name, made unique."""
        name = self._unique(name)
        params = [(printable(key), array) for key, array in params]
        for key, array in params:
            if not np.isfinite(array).all():
                raise Problem(f"{self.source}: tensor {key}: expected finite numbers, found others")
            if key in self.tensors and not np.array_equal(self.tensors[key], array):
                raise Problem(f"{self.source}: tensor {key}: expected one value for it, found two")
            self.tensors[key] = array
        self.nodes.append({"name": name, "op": op, "inputs": list(inputs), "params": [key for key, _ in params], **fields})
        self.by_name[name] = self.nodes[-1]
        return name

    def _unique(self, name):
        base = unique = printable(name)
        count = 1
        while unique in self.by_name:
            count += 1
            unique = f"{base}#{count}"
        return unique

    def prune(self, outputs):
        """Drops everything that no output needs."""
        needed = set(outputs)
        for node in reversed(self.nodes):
            if node["name"] in needed:
                needed.update(node["inputs"])
        self.nodes = [node for node in self.nodes if node["name"] in needed or node["op"] == "input"]
        used = {key for node in self.nodes for key in node["params"]}
        self.tensors = {key: array for key, array in self.tensors.items() if key in used}

    def write(self, path, outputs, pose=None):
        self.prune(outputs)
        text = json.dumps({"format": 1, "title": self.title, "nodes": self.nodes, "outputs": outputs, "pose": pose}, separators=(",", ":"))
        safetensors_file.write(path, self.tensors, {"graph": text})
