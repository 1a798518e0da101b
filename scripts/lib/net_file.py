# A network from one safetensors file (docs/graph_format.md), with its batch norms folded, as every engine's optimizer does.
# SPDX-License-Identifier: MIT

import dataclasses
import json

import numpy as np

from lib import safetensors_file
from lib.problem import Problem

LINEAR = {"kind": "linear", "slope": 0.1}


@dataclasses.dataclass
class Net:
    """nodes: dictionaries as in the file, in an order in which they can be computed.  heads: output -> the yolo_head node that was removed from it."""

    nodes: list
    tensors: dict
    outputs: list
    pose: dict | None
    heads: dict = dataclasses.field(default_factory=dict)

    @property
    def input(self):
        return self.nodes[0]

    @property
    def input_shape(self):
        shape = self.input["shape"]
        return shape["c"], shape["h"], shape["w"]

    def params(self, node):
        return [self.tensors[name] for name in node["params"]]


def load(path):
    tensors, metadata = safetensors_file.read(path)
    if "graph" not in metadata:
        raise Problem(f"{path}: expected a graph in the metadata, found none")
    return parse(tensors, metadata)


def parse(tensors, metadata):
    """Parses the contents of a graph file, as safetensors_file.read returns them."""
    graph = json.loads(metadata["graph"])
    return Net(graph["nodes"], tensors, graph["outputs"], graph["pose"])


def save(net, path, title="", metadata=None, dtype="F32"):
    """Writes the network, heads included, in the form that load reads.  metadata: text -> text, added to the graph; dtype: of the tensors, F32 or F16"""
    graph = {"format": 1, "title": title, "nodes": [*net.nodes, *net.heads.values()], "pose": net.pose}
    graph["outputs"] = [net.heads[name]["name"] if name in net.heads else name for name in net.outputs]
    safetensors_file.write(path, net.tensors, {**(metadata or {}), "graph": json.dumps(graph, separators=(",", ":"))}, dtype)


def users(net):
    """Returns name -> the nodes that read it."""
    out = {node["name"]: [] for node in net.nodes}
    for node in net.nodes:
        for name in node["inputs"]:
            out[name].append(node)
    return out


def without_copies(net):
    """Removes nodes that only pass a value on: concatenations of one input."""
    source, nodes = {}, []
    for node in net.nodes:
        node = node | {"inputs": [source.get(name, name) for name in node["inputs"]]}
        if node["op"] == "concat" and len(node["inputs"]) == 1:
            source[node["name"]] = node["inputs"][0]
        else:
            nodes.append(node)
    return dataclasses.replace(net, nodes=nodes, outputs=[source.get(name, name) for name in net.outputs])


def without_heads(net):
    """Removes the yolo_head nodes at the end; they are kept for decode()."""
    heads = {node["name"]: node for node in net.nodes if node["op"] == "yolo_head"}
    outputs = [heads[name]["inputs"][0] if name in heads else name for name in net.outputs]
    by_input = {heads[name]["inputs"][0]: heads[name] for name in net.outputs if name in heads}
    nodes = [node for node in net.nodes if node["op"] != "yolo_head"]
    return dataclasses.replace(net, nodes=nodes, outputs=outputs, heads=by_input)


def takes_activation(node):
    return node["op"] in ("conv2d", "add", "scale") and all(node.get(key, LINEAR)["kind"] == "linear" for key in ("act", "post"))


def fold(net):
    """Folds each batch norm that is the only reader of a convolution into its weights: w' = w * gamma / sqrt(var + eps)."""
    readers, tensors = users(net), dict(net.tensors)
    by_name, nodes, folded = {}, [], {}
    for node in net.nodes:
        node = node | {"inputs": [folded.get(name, name) for name in node["inputs"]]}
        conv = by_name.get(node["inputs"][0]) if node["op"] == "batch_norm" else None
        alone = conv is not None and len(readers[conv["name"]]) == 1 and conv["name"] not in net.outputs
        if not alone or conv["op"] != "conv2d" or not takes_activation(conv):
            by_name[node["name"]] = node
            nodes.append(node)
            continue
        gamma, beta, mean, var = (tensors[name].astype(np.float64) for name in node["params"])
        factor = gamma / np.sqrt(var + node["eps"])
        weight, *bias = (tensors[name].astype(np.float64) for name in conv["params"])
        shift = beta + factor * ((bias[0] if bias else 0) - mean)
        names = [conv["name"] + ".folded.weight", conv["name"] + ".folded.bias"]
        tensors |= {names[0]: (weight * factor[:, None, None, None]).astype(np.float32), names[1]: shift.astype(np.float32)}
        conv |= {"params": names, "bias": True, "act": node["act"]}
        folded[node["name"]] = conv["name"]
    used = {name for node in nodes for name in node["params"]}
    outputs = [folded.get(name, name) for name in net.outputs]
    return dataclasses.replace(net, nodes=nodes, tensors={name: tensors[name] for name in tensors if name in used}, outputs=outputs)


def fuse_activations(net):
    """Fuses each activation that is the only reader of a node into that node, if it can apply one."""
    readers, by_name, nodes, source = users(net), {}, [], {}
    for node in net.nodes:
        node = node | {"inputs": [source.get(name, name) for name in node["inputs"]]}
        before = by_name.get(node["inputs"][0]) if node["op"] == "activation" else None
        if before is not None and takes_activation(before) and len(readers[before["name"]]) == 1 and before["name"] not in net.outputs:
            before |= {"act": node["act"]}
            source[node["name"]] = before["name"]
            readers[before["name"]] = readers[node["name"]]
        else:
            by_name[node["name"]] = node
            nodes.append(node)
    return dataclasses.replace(net, nodes=nodes, outputs=[source.get(name, name) for name in net.outputs])


def prepared(path, fused=True):
    """Returns the network without copies and heads and, if fused, with batch norms and activations in the convolutions."""
    net = without_heads(without_copies(load(path)))
    return fuse_activations(fold(net)) if fused else net


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def decode(head, raw):
    """Decodes [n, anchors * (5 + classes), h, w], the input of the yolo_head node, to its rows [n, h * w * anchors, 5 + classes]
    (ops/yolo_head/yolo_head.h)."""
    n, _, h, w = raw.shape
    a, attributes = head["anchors"], 5 + head["classes"]
    t = raw.astype(np.float64).reshape(n, a, attributes, h, w).transpose(0, 3, 4, 1, 2)
    rows = sigmoid(t)
    if head["kind"] != "yolo":
        raise Problem(f"node {head['name']}: expected a head of kind yolo, found {head['kind']}")
    stretch, shift = head["scale_x_y"], (head["scale_x_y"] - 1) / 2
    gy, gx = np.mgrid[0:h, 0:w]
    rows[..., 0] = (stretch * rows[..., 0] - shift + gx[..., None]) * head["net_w"] / w
    rows[..., 1] = (stretch * rows[..., 1] - shift + gy[..., None]) * head["net_h"] / h
    rows[..., 2] = np.exp(t[..., 2]) * np.array(head["anchor_w"])
    rows[..., 3] = np.exp(t[..., 3]) * np.array(head["anchor_h"])
    return rows.reshape(n, h * w * a, attributes).astype(np.float32)
