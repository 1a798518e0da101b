# Writes a network of lib/net_file.py as an ONNX model, for the engines that read one.
# SPDX-License-Identifier: MIT

import numpy as np
import onnx
import onnx.numpy_helper
from onnx import TensorProto, helper
from lib.problem import Problem

OPSET = 13  # the newest version that all engines have read for years

POINTWISE = {"relu": "Relu", "logistic": "Sigmoid", "mish": "Mish"}


class Exporter:
    def __init__(self, net, batch):
        self.net, self.nodes, self.constants, self.count = net, [], {}, 0
        for node in net.nodes[1:]:
            getattr(self, node["op"], self.unknown)(node)
        shape = [batch, *net.input_shape]
        inputs = [helper.make_tensor_value_info(net.input["name"], TensorProto.FLOAT, shape)]
        outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in net.outputs]
        graph = helper.make_graph(self.nodes, "net", inputs, outputs, list(self.constants.values()))
        self.model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
        self.model = onnx.shape_inference.infer_shapes(self.model)

    def unknown(self, node):
        raise Problem(f"node {node['name']}: expected an op that the ONNX export knows, found {node['op']}")

    def constant(self, name, array):
        self.constants[name] = onnx.numpy_helper.from_array(array, name)
        return name

    def emit(self, op, inputs, output, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))

    def with_act(self, act, op, inputs, output, **attributes):
        """Adds the node, followed by the activation that computes `output`."""
        if act["kind"] == "linear":
            return self.emit(op, inputs, output, **attributes)
        before = output + ".before"
        self.emit(op, inputs, before, **attributes)
        return self.act(act, before, output)

    def act(self, act, x, output):
        if act["kind"] == "leaky":
            self.emit("LeakyRelu", [x], output, alpha=act["slope"])
        elif act["kind"] == "relu6":
            limits = [self.constant(f"{output}.{name}", np.array(value, np.float32)) for name, value in (("low", 0), ("high", 6))]
            self.emit("Clip", [x, *limits], output)
        elif act["kind"] == "swish":
            self.emit("Sigmoid", [x], output + ".sigmoid")
            self.emit("Mul", [x, output + ".sigmoid"], output)
        elif act["kind"] in POINTWISE:
            self.emit(POINTWISE[act["kind"]], [x], output)
        else:
            self.emit("Identity", [x], output)

    def conv2d(self, node):
        params = [self.constant(name, self.net.tensors[name]) for name in node["params"]]
        window = self.window(node) | {"group": node["groups"]}
        self.with_act(node["act"], "Conv", [node["inputs"][0], *params], node["name"], **window)

    def activation(self, node):
        self.act(node["act"], node["inputs"][0], node["name"])

    def add(self, node):
        self.with_act(node["act"], "Add", node["inputs"], node["name"])

    def scale(self, node):
        self.with_act(node["act"], "Mul", node["inputs"], node["name"])

    def max_pool(self, node):
        window, x = self.window(node), node["inputs"][0]
        if node["outside"] == "zero":
            top, left, bottom, right = window.pop("pads")
            sides = self.constant(node["name"] + ".pads", np.array([0, 0, top, left, 0, 0, bottom, right], np.int64))
            self.emit("Pad", [x, sides, self.constant(node["name"] + ".zero", np.array(0, np.float32))], node["name"] + ".padded", mode="constant")
            x = node["name"] + ".padded"
        self.emit("MaxPool", [x], node["name"], **window)

    def avg_pool(self, node):
        if node["global"]:
            return self.emit("GlobalAveragePool", node["inputs"], node["name"])
        return self.emit("AveragePool", node["inputs"], node["name"], count_include_pad=int(node["count_outside"]), **self.window(node))

    def upsample(self, node):
        scales = self.constant(node["name"] + ".scales", np.array([1, 1, node["factor"], node["factor"]], np.float32))
        options = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        self.emit("Resize", [node["inputs"][0], "", scales], node["name"], **options)

    def concat(self, node):
        self.emit("Concat", node["inputs"], node["name"], axis=1)

    def pixel_shuffle(self, node):
        self.emit("DepthToSpace", node["inputs"], node["name"], blocksize=node["factor"], mode="CRD")

    def window(self, node):
        pads = [node["pad_" + side] for side in ("top", "left", "bottom", "right")]
        kernel, strides = [node["kernel_h"], node["kernel_w"]], [node["stride_h"], node["stride_w"]]
        return {"kernel_shape": kernel, "strides": strides, "pads": pads}


def write(net, batch, path):
    onnx.save(Exporter(net, batch).model, path)
