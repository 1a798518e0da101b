# An ONNX model, node by node, for the functions that convert the nodes (lib/onnx_ops.py).
# SPDX-License-Identifier: MIT

import numpy as np
import onnx
from google.protobuf.message import DecodeError

from lib import graph, onnx_fold, onnx_tensors
from lib.onnx_hints import hint_of
from lib.onnx_step import Step
from lib.onnx_values import MAX_SIDE, NO_PAD, Layouts, map_value
from lib.problem import Problem, excerpt

OLDEST = 7  # opset
SHOWN = 30  # nodes that are named when they cannot be converted
DOMAINS = ("", "ai.onnx")
ERRORS = (TypeError, ValueError, IndexError, KeyError, AttributeError, OverflowError, ZeroDivisionError)  # for example text in place of numbers


class Model:
    """The ONNX file at `path`.  convert() converts it; `converters`: op type -> function of a Step.
    shape: sizes of the input's sides, where the file leaves them open; outputs: names of tensors in place of the graph's outputs;
    prepare: (model, name of the input) -> name of the node that the network reads in its place"""

    def __init__(self, path, shape=None, outputs=None, prepare=None):
        self.path, self.values, self.failed = path, {}, set()
        try:
            self.proto = onnx.load(path, load_external_data=False)
        except (DecodeError, ValueError, RuntimeError) as error:
            raise Problem(f"{path}: expected an ONNX model, found something else ({excerpt(str(error))})") from None
        self.opset = next((o.version for o in self.proto.opset_import if o.domain in DOMAINS), None)
        if self.opset is None or self.opset < OLDEST:
            raise Problem(f"{path}: expected an ONNX model of opset {OLDEST} or later, found {excerpt(self.opset)}")
        self.constants = {tensor.name: tensor for tensor in self.proto.graph.initializer}
        self.graph = graph.Graph("", path)
        self.layouts = Layouts(self.graph, path)
        self.affine, self.patterns = {}, {}  # our node -> Affine; name of a value -> (kind, argument)
        self._check_names()
        self.producers = {name: node for node in self.proto.graph.node for name in node.output}
        self.wanted = list(outputs) if outputs else [output.name for output in self.proto.graph.output]
        self.shape, self.prepare, self.input_chw = shape, prepare, None

    def _check_names(self):
        """Refuses names that are not UTF-8, since protocol buffers pass them on as bytes."""
        proto = self.proto.graph
        names = [proto.name] + [value.name for values in (proto.input, proto.output, proto.initializer) for value in values]
        for node in proto.node:
            names += [node.name, node.op_type, node.domain, *node.input, *node.output, *(a.name for a in node.attribute)]
        for name in names:
            if not isinstance(name, str):
                raise Problem(f"{self.path}: expected names in UTF-8, found {excerpt(name)}")

    def tensor(self, tensor, name):
        return onnx_tensors.array_of(tensor, self.path, name)

    def array(self, name):
        value = self.constants[name]
        if isinstance(value, onnx.TensorProto):
            value = self.constants[name] = self.tensor(value, name)
        return value

    def define(self, name, value):
        """value: a Value, or the array of a constant"""
        if name in self.values or name in self.constants:
            raise Problem(f"{self.path}: value {excerpt(name)}: expected one node that computes it, found two")
        (self.constants if isinstance(value, np.ndarray) else self.values)[name] = value

    def _needed(self):
        """Returns the indices of the nodes that the outputs need."""
        needed, indices = set(self.wanted), set()
        for i in range(len(self.proto.graph.node) - 1, -1, -1):
            node = self.proto.graph.node[i]
            if needed.intersection(node.output):
                needed.update(node.input)
                indices.add(i)
        return indices

    def convert(self, converters):
        """Converts all nodes that the outputs need.  Throws a Problem that names every node that cannot be converted."""
        self._input()
        problems, needed = [], self._needed()
        for i, node in enumerate(self.proto.graph.node):
            if i not in needed:
                continue
            if self.failed.intersection(node.input):  # follows from a failure that is named already
                self.failed.update(node.output)
                continue
            title = f"node {excerpt(node.name or (node.output[0] if node.output else ''))} ({excerpt(node.op_type)[1:-1]})"
            try:
                self._convert_node(node, converters, title)
            except Problem as problem:
                problems.append(str(problem).removeprefix(f"{self.path}: "))
                self.failed.update(node.output)
        if problems:
            more = f"; and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
            raise Problem(f"{self.path}: {'; '.join(problems[:SHOWN])}{more}")

    def _convert_node(self, node, converters, title):
        step = Step(self, node, self.opset, title)
        known = [name for name in node.input if name]
        foldable = known and all(name in self.constants for name in known) and node.op_type in onnx_fold.FOLDERS
        if node.domain not in DOMAINS or not node.output or not (foldable or node.op_type in converters):
            found = f"{node.domain}.{node.op_type}" if node.domain not in DOMAINS else node.op_type
            raise Problem(f"{title}: expected an op that is known here (docs/onnx.md), found {found}{hint_of(node.op_type)}")
        try:
            if foldable:
                self._fold(step)
            else:
                converters[node.op_type](step)
        except ERRORS as error:
            step.fail("attributes and inputs of the op's types", f"a damaged node ({excerpt(str(error))})")
        step.finish()

    def _fold(self, step):
        inputs = [self.array(name) if name else None for name in step.node.input]
        for name, array in zip(step.node.output, onnx_fold.FOLDERS[step.node.op_type](step, inputs), strict=False):
            if name:
                self.define(name, np.asarray(array))

    def _input(self):
        inputs = [value for value in self.proto.graph.input if value.name not in self.constants]
        if len(inputs) != 1:
            raise Problem(f"{self.path}: expected one input, found {len(inputs)}: {excerpt([value.name for value in inputs])}")
        dims = [d.dim_value if d.HasField("dim_value") else d.dim_param or "?" for d in inputs[0].type.tensor_type.shape.dim]
        where = f"{self.path}: input {excerpt(inputs[0].name)}"
        if self.shape is not None:
            fits = len(self.shape) == len(dims) or not dims
            if not fits or any(isinstance(d, int) and d > 0 and d != s for d, s in zip(dims, self.shape)):
                raise Problem(f"{where}: expected --shape to fit its shape {dims}, found {list(self.shape)}")
            dims = list(self.shape)
        if len(dims) != 4 or not all(isinstance(d, int) and 0 < d <= MAX_SIDE for d in dims[1:]):
            raise Problem(f"{where}: expected a shape n x c x h x w, all but n fixed (--shape sets it), found {dims}")
        n, (c, h, w) = dims[0] if isinstance(dims[0], int) and dims[0] > 0 else 1, dims[1:]
        node = self.graph.add(inputs[0].name, "input", [], [], {"shape": {"n": 1, "h": h, "w": w, "c": c}})
        self.input_chw = (c, h, w)
        if self.prepare is not None and c != 3:
            raise Problem(f"{where}: expected 3 channels, found {c}")
        self.define(inputs[0].name, map_value(self.prepare(self, node) if self.prepare else node, (c, h, w), batch=n))

    def outputs(self):
        """Returns the values of the graph's outputs: maps of the dimensions after the batch, c x h x w; of two, rows of pixels with the last as channels."""
        return [self.layouts.relayout(value, output_sides(value), f"{self.path}: output {excerpt(name)}") for name, value in self.raw_outputs()]

    def raw_outputs(self):
        out = []
        for name in self.wanted:
            value = self.values.get(name)
            if value is None or value.pad != NO_PAD or output_sides(value) is None:
                found = "none" if value is None else f"shape {value.shape}, padding {value.pad}"
                raise Problem(f"{self.path}: output {excerpt(name)}: expected a tensor of 2 to 4 dimensions that a node computes, found {found}")
            out.append((name, value))
        if not out:
            raise Problem(f"{self.path}: expected at least one output, found none")
        return out


def output_sides(value):
    """Returns the sides of the map in which the value is an output, or None."""
    dims = value.dims
    if len(dims) not in (2, 3, 4) or any(not axis.batch for axis in dims[0]) or any(axis.batch for dim in dims[1:] for axis in dim):
        return None
    return {2: lambda: (dims[1], (), ()), 3: lambda: (dims[2], (), dims[1]), 4: lambda: dims[1:]}[len(dims)]()
