# An ONNX model, node by node, for the functions that convert the nodes (lib/onnx_ops.py).
# SPDX-License-Identifier: MIT

import dataclasses

import numpy as np
import onnx
import onnx.numpy_helper
from google.protobuf.message import DecodeError

from lib import graph
from lib.problem import Problem, excerpt

OPSETS = range(7, 18)
NO_PAD = (0, 0, 0, 0)


@dataclasses.dataclass(frozen=True)
class Value:
    """A map that a node of our graph computes, and its shape in ONNX: (n, c, h, w), (n, c) for a 1x1 map, or flattened."""

    node: str
    chw: tuple
    dims: tuple
    pad: tuple = NO_PAD  # top, left, bottom, right: zeros of a Pad node that the consumer has to apply

    @property
    def is_map(self):
        return self.dims[1:] == self.chw or (self.chw[1:] == (1, 1) and self.dims[1:] == self.chw[:1])


class Step:
    """One ONNX node: its attributes, each read once, its inputs, and the node or nodes of ours that replace it."""

    def __init__(self, model, node, opset, title):
        self.model, self.node, self.opset, self.title = model, node, opset, title
        self.attributes = {a.name: a for a in node.attribute}

    def fail(self, expected, found):
        raise Problem(f"{self.title}: expected {expected}, found {found if isinstance(found, str) else excerpt(found)}")

    def attr(self, name, default=None):
        attribute = self.attributes.pop(name, None)
        if attribute is None:
            return default
        value = onnx.helper.get_attribute_value(attribute)
        return value.decode("ascii", "replace") if isinstance(value, bytes) else value

    def expect_attr(self, name, wanted, default):
        value = self.attr(name, default)
        if value != wanted:
            self.fail(f"{name} {excerpt(wanted)}", excerpt(value))

    def has(self, i):
        return i < len(self.node.input) and self.node.input[i] != ""

    def constant(self, i, what):
        """Returns (name, array) of an input that must be constant."""
        name = self.node.input[i] if self.has(i) else ""
        if name not in self.model.constants:
            self.fail(f"{what} as a constant", f"input {i} {excerpt(name)}")
        return name, self.model.array(name)

    def weights(self, i, what, shape=None):
        name, array = self.constant(i, what)
        if array.dtype.kind != "f":
            self.fail(f"{what} of float numbers", f"{name} of {array.dtype}")
        if shape is not None and array.shape != shape:
            self.fail(f"{what} {list(shape)}", f"{name} {list(array.shape)}")
        return name, array.astype(np.float32)

    def integers(self, i, what):
        return [int(v) for v in self.constant(i, what)[1].ravel()]

    def value(self, i, padded=False):
        """Returns an input that a node computes."""
        name = self.node.input[i] if self.has(i) else ""
        value = self.model.values.get(name)
        if value is None:
            self.fail("an input that a node above computes", f"input {i} {excerpt(name)}")
        if value.pad != NO_PAD and not padded:
            self.fail("a convolution or pooling after a Pad, which applies it", self.node.op_type)
        return value

    def map(self, i, padded=False):
        value = self.value(i, padded)
        if not value.is_map:
            self.fail("a map (n, c, h, w)", f"shape {value.dims}")
        return value

    def add(self, op, inputs, chw, fields, params=(), output=0, dims=None):
        """Adds a node of ours that computes this node's output.  dims: (n, c, h, w) unless given"""
        name = self.node.name if self.node.name and output == 0 else self.node.output[output]
        batch = inputs[0].dims[0]
        node = self.model.graph.add(name, op, [value.node for value in inputs], params, fields)
        self.define(Value(node, tuple(chw), dims or (batch, *chw)), output)

    def define(self, value, output=0):
        if any(side < 1 for side in value.chw):
            self.fail("a map with pixels", f"{value.chw}")
        self.model.define(self.node.output[output], value)

    def finish(self):
        for name in self.attributes:
            self.fail("only attributes that are understood", f"attribute {name}")


class Model:
    """The ONNX file at `path`.  convert() converts it; `converters`: op type -> function of a Step."""

    def __init__(self, path):
        self.path, self.values = path, {}
        try:
            self.proto = onnx.load(path, load_external_data=False)
        except (DecodeError, ValueError, RuntimeError) as error:
            raise Problem(f"{path}: expected an ONNX model, found something else ({excerpt(str(error))})") from None
        self.opset = next((o.version for o in self.proto.opset_import if o.domain in ("", "ai.onnx")), None)
        if self.opset not in OPSETS:
            raise Problem(f"{path}: expected an ONNX model of opset {OPSETS[0]} to {OPSETS[-1]}, found {excerpt(self.opset)}")
        self.constants = {tensor.name: tensor for tensor in self.proto.graph.initializer}
        self.graph = graph.Graph("", path)
        self._check_names()

    def _check_names(self):
        """Refuses names that are not UTF-8, since protocol buffers pass them on as bytes."""
        proto = self.proto.graph
        names = [proto.name] + [value.name for values in (proto.input, proto.output, proto.initializer) for value in values]
        for node in proto.node:
            names += [node.name, node.op_type, node.domain, *node.input, *node.output, *(a.name for a in node.attribute)]
        for name in names:
            if not isinstance(name, str):
                raise Problem(f"{self.path}: expected names in UTF-8, found {excerpt(name)}")

    def array(self, name):
        value = self.constants[name]
        if isinstance(value, onnx.TensorProto):
            if value.data_location == onnx.TensorProto.EXTERNAL:
                raise Problem(f"{self.path}: tensor {excerpt(name)}: expected its numbers in the file, found a reference to another file")
            try:
                value = self.constants[name] = onnx.numpy_helper.to_array(value)
            except (ValueError, TypeError, KeyError) as error:
                where = f"{self.path}: tensor {excerpt(name)}"
                raise Problem(f"{where}: expected as many numbers as its shape says, found {excerpt(str(error))}") from None
        return value

    def define(self, name, value):
        if name in self.values or name in self.constants:
            raise Problem(f"{self.path}: value {excerpt(name)}: expected one node that computes it, found two")
        self.values[name] = value

    def convert(self, converters):
        self._input()
        for node in self.proto.graph.node:
            title = f"{self.path}: node {excerpt(node.name or (node.output[0] if node.output else ''))} ({excerpt(node.op_type)[1:-1]})"
            if node.domain not in ("", "ai.onnx") or node.op_type not in converters or not node.output:
                found = f"{node.domain}.{node.op_type}" if node.domain else node.op_type
                raise Problem(f"{title}: expected one of the ops {' '.join(sorted(converters))}, found {found}")
            step = Step(self, node, self.opset, title)
            try:
                converters[node.op_type](step)
            except (TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:  # for example text in place of numbers
                step.fail("attributes and inputs of the op's types", f"a damaged node ({excerpt(str(error))})")
            step.finish()

    def _input(self):
        inputs = [value for value in self.proto.graph.input if value.name not in self.constants]
        if len(inputs) != 1:
            raise Problem(f"{self.path}: expected one input, found {len(inputs)}: {excerpt([value.name for value in inputs])}")
        dims = [d.dim_value if d.HasField("dim_value") else d.dim_param or "?" for d in inputs[0].type.tensor_type.shape.dim]
        if len(dims) != 4 or not all(isinstance(d, int) and 0 < d <= 65536 for d in dims[1:]):
            raise Problem(f"{self.path}: input {excerpt(inputs[0].name)}: expected a shape n x c x h x w, all but n fixed, found {dims}")
        n, (c, h, w) = dims[0] if isinstance(dims[0], int) and dims[0] > 0 else 1, dims[1:]
        node = self.graph.add(inputs[0].name, "input", [], [], {"shape": {"n": 1, "h": h, "w": w, "c": c}})
        self.define(inputs[0].name, Value(node, (c, h, w), (n, c, h, w)))

    def outputs(self):
        """Returns the node names and channels of the graph's outputs."""
        out = []
        for output in self.proto.graph.output:
            value = self.values.get(output.name)
            if value is None or value.pad != NO_PAD or not value.is_map:
                found = "none" if value is None else f"shape {value.dims}, padding {value.pad}"
                raise Problem(f"{self.path}: output {excerpt(output.name)}: expected a map that a node computes, found {found}")
            out.append((value.node, value.chw[0]))
        if not out:
            raise Problem(f"{self.path}: expected at least one output, found none")
        return out
