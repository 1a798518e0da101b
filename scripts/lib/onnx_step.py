# Step: one node of an ONNX model during its conversion.
# SPDX-License-Identifier: MIT

import dataclasses

import numpy as np
import onnx

from lib.graph import act, window
from lib.onnx_values import MAX_SIDE, NO_PAD, Value, axes_of, constant_value, reshaped, size_of
from lib.problem import Problem, excerpt


@dataclasses.dataclass(frozen=True)
class Affine:
    """A node of ours that computes x * factors + terms, as (x, factors, terms).  source: with the affine nodes before it taken in; last: without"""

    source: tuple
    last: tuple


class Step:
    """One ONNX node: its attributes, each read once, its inputs, and the node or nodes of ours that replace it."""

    def __init__(self, model, node, opset, title):
        self.model, self.node, self.opset, self.title = model, node, opset, title
        self.attributes = {a.name: a for a in node.attribute}

    def fail(self, expected, found, hint=""):
        found = found if isinstance(found, str) else excerpt(found)
        raise Problem(f"{self.title}: expected {expected}, found {found}" + (f"; at the export: {hint}" if hint else ""))

    # ---- attributes and inputs

    def attr(self, name, default=None):
        attribute = self.attributes.pop(name, None)
        if attribute is None:
            return default
        value = onnx.helper.get_attribute_value(attribute)
        return value.decode("ascii", "replace") if isinstance(value, bytes) else value

    def expect_attr(self, name, wanted, default, hint=""):
        value = self.attr(name, default)
        if value != wanted:
            self.fail(f"{name} {excerpt(wanted)}", excerpt(value), hint)

    def ignore(self, *names):
        for name in names:
            self.attr(name)

    def has(self, i):
        return i < len(self.node.input) and self.node.input[i] != ""

    def is_constant(self, i):
        return self.has(i) and self.node.input[i] in self.model.constants

    def constant(self, i, what):
        """Returns (name, array) of an input that must be constant."""
        name = self.node.input[i] if self.has(i) else ""
        if name not in self.model.constants:
            self.fail(f"{what} as a constant", f"input {i} {excerpt(name)}", "fold constants (do_constant_folding), with fixed shapes")
        return name, self.model.array(name)

    def weights(self, i, what, shape=None):
        name, array = self.constant(i, what)
        if array.dtype.kind != "f":
            self.fail(f"{what} of float numbers", f"{name} of {array.dtype}")
        if shape is not None and array.shape != shape:
            self.fail(f"{what} {list(shape)}", f"{name} {list(array.shape)}")
        return name, array.astype(np.float32)

    def integers(self, i, what):
        name, array = self.constant(i, what)
        if array.dtype.kind not in "iuf":
            self.fail(f"{what} of numbers", f"{name} of {array.dtype}")
        return [int(v) for v in array.ravel()]

    def value(self, i, padded=False):
        """Returns an input that a node computes."""
        name = self.node.input[i] if self.has(i) else ""
        if name in self.model.patterns:
            self.fail("Softplus as a part of Mish, x * tanh(softplus(x))", f"input {i} {excerpt(name)}", "use mish as torch.nn.Mish")
        value = self.model.values.get(name)
        if value is None and self.is_constant(i) and self.model.array(name).ndim == 4 and self.model.array(name).shape[0] == 1:
            value = self.operand(i)
            return self.relayout(value, value.dims[1:])
        if value is None:
            self.fail("an input that a node above computes", f"input {i} {excerpt(name)}")
        return value if padded or value.pad == NO_PAD else self.padded(value)

    def operand(self, i):
        """Returns an input that a node computes or that is constant."""
        if not self.is_constant(i):
            return self.value(i)
        name, array = self.constant(i, "a number")
        if array.dtype.kind not in "fiu":
            self.fail("numbers", f"{name} of {array.dtype}")
        return constant_value(array.astype(np.float32))

    def map(self, i, padded=False):
        """Returns an input (n, c, h, w) in a map of these sides, or (n, c) as one pixel."""
        value = self.value(i, padded)
        if len(value.dims) not in (2, 4) or any(not axis.batch for axis in value.dims[0]):
            self.fail("a map (n, c, h, w)", f"shape {value.shape}")
        return self.relayout(value, value.dims[1:] if len(value.dims) == 4 else (value.dims[1], (), ()))

    def relayout(self, value, sides):
        return self.model.layouts.relayout(value, sides, self.title)

    def axis(self, value, axis):
        """Returns the index of a dimension; negative ones count from the end."""
        rank = len(value.dims)
        if not -rank <= axis < rank:
            self.fail(f"an axis of {rank} dimensions", f"{axis}")
        return axis % rank

    def channels_last(self, value, dims):
        """Returns the value with exactly these dimensions as channels, the others on the other sides."""
        want = tuple(axis for i in dims for axis in value.dims[i])
        if value.array is None and value.sides[0] == want:
            return value
        others = [axis for i, dim in enumerate(value.dims) if i not in dims for axis in dim if not axis.batch]
        kept = [tuple(axis for axis in side if axis in others) for side in value.sides[1:]]
        moved = tuple(axis for axis in others if axis not in kept[0] and axis not in kept[1])
        h, w = kept
        if not h:
            h = moved
        elif not w:
            w = moved
        else:
            h, w = (*moved, *h), w
        if size_of(h) > MAX_SIDE:
            h, w = tuple(others[: len(others) // 2]), tuple(others[len(others) // 2 :])
        return self.relayout(value, (want, h, w))

    # ---- results

    def add(self, op, inputs, fields, sides, dims, params=(), part=""):
        """Adds a node of ours and returns its value.  part: names a node that computes only a part of this ONNX node"""
        name = (self.node.name or self.node.output[0]) + (f"/{part}" if part else "")
        sides = tuple(tuple(side) for side in sides)
        if not all(1 <= size_of(side) <= MAX_SIDE for side in sides):
            self.fail(f"a map with sides from 1 to {MAX_SIDE}", f"{[size_of(side) for side in sides]}")
        node = self.model.graph.add(name, op, [value.node for value in inputs], params, fields)
        return Value(node, sides, tuple(tuple(dim) for dim in dims))

    def add_map(self, op, inputs, chw, fields, params=(), part=""):
        """Adds a node whose result is a map (n, c, h, w)."""
        if any(side < 1 for side in chw):
            self.fail("a map with pixels", f"{tuple(chw)}")
        sides = axes_of(chw)
        return self.add(op, inputs, fields, sides, (inputs[0].dims[0], *sides), params, part)

    def pixelwise(self, op, value, fields, params=(), part=""):
        """Adds a node whose result has the axes of its input."""
        return self.add(op, [value], fields, value.sides, value.dims, params, part)

    def activation(self, value, kind, slope=0.1, part=""):
        return self.pixelwise("activation", value, {"act": act(kind, slope)}, part=part)

    def affine(self, value, factors, terms, part=""):
        """Returns value * factors + terms, for one number or one number a channel.  Two in a row become one."""
        c = value.chw[0]
        factors, terms = (np.broadcast_to(np.asarray(v, np.float64).ravel(), (c,)) for v in (factors, terms))
        step, before = (value.node, factors, terms), self.model.affine.get(value.node)
        if before is not None:
            source, f, t = before.source
            value, factors, terms = dataclasses.replace(value, node=source), f * factors, t * factors + terms
        if (factors == 1).all() and (terms == 0).all():
            return value
        params = [("gamma", factors), ("beta", terms), ("mean", np.zeros(c)), ("var", np.ones(c))]
        name = f"{self.node.output[0]}{f'/{part}' if part else ''}"
        while f"{name}.gamma" in self.model.graph.tensors:
            name += "'"
        params = [(f"{name}.{key}", array.astype(np.float32)) for key, array in params]
        out = self.pixelwise("batch_norm", value, {"c": c, "eps": 0.0, "act": act()}, params, part)
        self.model.affine[out.node] = Affine((value.node, factors, terms), step)
        return out

    def padded(self, value):
        """Returns the value with its padding as pixels of the map: a depthwise convolution with a weight of 1."""
        top, left, bottom, right = value.pad
        c, h, w = value.chw
        fields = {"in_c": c, "out_c": c, **window((1, 1), (1, 1), value.pad), "groups": c, "bias": False}
        fields |= {"act": act(), "residual": False, "post": act()}
        weight = (f"{self.node.output[0]}/pad.weight", np.ones((c, 1, 1, 1), np.float32))
        return self.add_map("conv2d", [value], (c, h + top + bottom, w + left + right), fields, [weight], "pad")

    def define(self, value, output=0):
        self.model.define(self.node.output[output], value)

    def reshape(self, value, shape):
        """Returns the same numbers in another shape."""
        out = reshaped(value, shape)
        if out is None:  # an axis would belong to two dimensions: the numbers are put into their order first
            if value.axes and any(axis.batch for axis in value.axes):
                self.fail(f"a shape that keeps the batch of {value.shape}", f"{shape}", "export with a batch of 1, or a dynamic one")
            out = self._reordered(value, shape)
        return out

    def _reordered(self, value, shape):
        axes, ordered = value.axes, value
        if [axis for side in value.sides for axis in side] != axes:
            half = next((i for i in range(len(axes) + 1) if size_of(axes[i:]) <= MAX_SIDE), len(axes))
            ordered = self.relayout(value, (axes[:half], (), axes[half:]))
        dims = axes_of(shape)
        sides = [[], [], []]
        for axis in reversed([a for dim in dims for a in dim]):  # w, then h, then c, as far as the limit of a side allows
            side = next((s for s in (2, 1, 0) if not any(sides[:s]) and size_of(sides[s]) * axis.size <= MAX_SIDE), 0)
            sides[side].insert(0, axis)
        c, h, w = (size_of(side) for side in sides)
        runs = [size_of(side) for side in ordered.sides if side] or [1]
        fields = {"axes": len(runs), "size": runs, "order": list(range(len(runs))), "channels": c, "height": h, "width": w}
        return self.add("permute", [ordered], fields, sides, dims, part="reshape")

    def finish(self):
        for name in self.attributes:
            self.fail("only attributes that are understood", f"attribute {name}")
