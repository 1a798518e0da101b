# Passes every node's output of an ONNX model, computed by ONNX Runtime, to a Recorder.
# SPDX-License-Identifier: MIT
"""Each node is run as a separate model, on the values that the nodes before it left.  So nothing is fused and every value can be seen.  Memory holds only
the values that are still needed, not all of them, as it would if every value were made an output of the whole model."""

import numpy as np
import onnx
import onnx.numpy_helper
import onnxruntime
from google.protobuf.message import DecodeError

from lib import graph, onnx_tensors
from lib.problem import Problem, excerpt, reason


def to_array(array):
    """Returns the array in the form that Recorder wants."""
    return array.astype(np.float32, copy=False) if array.dtype.kind == "f" else None


def load(path):
    try:
        model = onnx.load(path, load_external_data=False)
    except (DecodeError, ValueError, RuntimeError) as error:
        raise Problem(f"{path}: expected an ONNX model, found something else ({excerpt(str(error))})") from None
    if not model.graph.node:
        raise Problem(f"{path}: expected an ONNX model with nodes, found none")
    for tensor in model.graph.initializer:
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            tensor.CopyFrom(onnx.numpy_helper.from_array(onnx_tensors.array_of(tensor, path, tensor.name), tensor.name))
    return model


def input_of(model, path):
    """Returns (name, [n, c, ...]; None where a side other than the first is not fixed)."""
    constants = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in constants]
    if len(inputs) != 1:
        raise Problem(f"{path}: expected one input, found {len(inputs)}: {excerpt([value.name for value in inputs])}")
    dims = [d.dim_value for d in inputs[0].type.tensor_type.shape.dim]
    fixed = len(dims) > 0 and all(side > 0 for side in dims[1:])
    return inputs[0].name, (dims[0] or 1, *dims[1:]) if fixed else None


def names_read(node):
    """Returns the names that a node reads, including those in its subgraphs."""
    names = set(node.input)
    for attribute in node.attribute:
        for inner in ([attribute.g] if attribute.HasField("g") else []) + list(attribute.graphs):
            for part in inner.node:
                names |= names_read(part)
    return names - {""}


def node_name(node, output):
    """Returns the name that convert_onnx.py gives to our node."""
    return graph.printable(node.name if node.name and output == 0 else node.output[output])


def type_of(array):
    """Returns ONNX's number of the array's type, in a way that works with every version of onnx."""
    return onnx.numpy_helper.from_array(np.empty(0, array.dtype)).data_type


def mended(node, constants):
    """Returns a batch norm with one number per channel without the attribute spatial.  Some exporters set spatial=0 (parameters of the size of the map)
    although it does not apply; ONNX Runtime accepts it only when it fuses the node."""
    scale = constants.get(node.input[1]) if node.op_type == "BatchNormalization" else None
    if scale is None or len(scale.dims) != 1:
        return node
    copy = onnx.NodeProto()
    copy.CopyFrom(node)
    del copy.attribute[:]
    copy.attribute.extend(attribute for attribute in node.attribute if attribute.name != "spatial")
    return copy


class Runner:
    """values: those that later nodes read"""

    def __init__(self, model):
        self.model, self.values = model, {}
        self.constants = {tensor.name: tensor for tensor in model.graph.initializer}
        self.options = onnxruntime.SessionOptions()
        self.options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        self.options.intra_op_num_threads = self.options.inter_op_num_threads = 1
        self.options.log_severity_level = 4
        self.last_use = {name: i for i, node in enumerate(model.graph.node) for name in names_read(node)}

    def run(self, i):
        """Returns [(index of the output, array)] of node i."""
        node, proto = self.model.graph.node[i], self.model
        reads = sorted(names_read(node))
        feeds = {name: self.values[name] for name in reads if name in self.values}
        inputs = [onnx.helper.make_tensor_value_info(name, type_of(a), a.shape) for name, a in feeds.items()]
        outputs = [onnx.ValueInfoProto(name=name) for name in node.output if name]
        constants = [self.constants[name] for name in reads if name in self.constants and name not in feeds]
        single = onnx.helper.make_graph([mended(node, self.constants)], "node", inputs, outputs, constants)
        model = onnx.ModelProto(ir_version=proto.ir_version, opset_import=proto.opset_import, functions=proto.functions, graph=single)
        session = onnxruntime.InferenceSession(model.SerializeToString(), self.options, providers=["CPUExecutionProvider"])
        results = dict(zip((value.name for value in outputs), session.run(None, feeds)))
        self.values |= results
        for name in [*reads, *results]:
            if self.last_use.get(name, -1) <= i:
                self.values.pop(name, None)
        return [(k, results[name]) for k, name in enumerate(node.output) if name]


def dump(model, name, x, record, path):
    """x: for the input `name`"""
    runner = Runner(model)
    runner.values[name] = x
    record(graph.printable(name), x)
    for i, node in enumerate(model.graph.node):
        try:
            results = runner.run(i)
        except Exception as error:  # ONNX Runtime's exceptions have no common class
            raise Problem(f"{path}: node {excerpt(node.name or list(node.output))} ({node.op_type}): {reason(error)}") from None
        for k, array in results:
            record(node_name(node, k), array)
