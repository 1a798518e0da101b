# Values of an ONNX graph as maps of our graph: where each number of a tensor is, so that most reshapes and transpositions move nothing.
# SPDX-License-Identifier: MIT
"""A tensor is an array of axes.  Each side of its map (channels, height, width) is a list of these axes, and so is each of its dimensions in ONNX.
Reshape and Transpose only regroup the axes of the dimensions.  An op that needs a certain map gets it by relayout(), which adds a node `permute` where the
axes are elsewhere.  The batch is no axis when it is 1; else it is the axis `batch`, which is on no side of the map."""

import dataclasses
import math

import numpy as np

from lib.problem import Problem

MAX_SIDE = 65536  # of a map (ops/infer.h)
MAX_AXES = 8  # of a permute
NO_PAD = (0, 0, 0, 0)


class Axis:
    """One axis of a tensor.  Axes are distinguished by identity."""

    __slots__ = ("batch", "size")

    def __init__(self, size, batch=False):
        self.size, self.batch = size, batch

    def __repr__(self):
        return f"{self.size}"


def size_of(axes):
    return math.prod(axis.size for axis in axes)


def axes_of(sizes):
    """Returns a dimension for each size: one axis, or none for 1."""
    return tuple((Axis(size),) if size != 1 else () for size in sizes)


@dataclasses.dataclass(frozen=True, eq=False)
class Value:
    """node: name of our node; None for a constant, whose numbers are `array`, in the order of the dimensions.  sides: axes of c, h and w."""

    node: str | None
    sides: tuple
    dims: tuple
    pad: tuple = NO_PAD  # top, left, bottom, right: zeros of a Pad node that the consumer has to apply
    array: np.ndarray | None = None
    parts: tuple = ()  # of a concatenation: the values

    @property
    def shape(self):
        return tuple(size_of(dim) for dim in self.dims)

    @property
    def chw(self):
        return tuple(size_of(side) for side in self.sides)

    @property
    def axes(self):
        return [axis for dim in self.dims for axis in dim]

    def with_dims(self, dims):
        return dataclasses.replace(self, dims=tuple(tuple(dim) for dim in dims), parts=())

    def with_fresh_axes(self):
        """Returns the value with new axes, so that renaming them touches no other value."""
        return self.renamed({axis: (Axis(axis.size),) for axis in self.axes if not axis.batch})

    def renamed(self, new):
        """new: axis -> the axes that take its place"""

        def rename(groups):
            return tuple(tuple(n for axis in group for n in new.get(axis, (axis,))) for group in groups)

        return dataclasses.replace(self, sides=rename(self.sides), dims=rename(self.dims))


def map_value(node, chw, dims=None, batch=1):
    """Returns the value of a node that computes a map (n, c, h, w), or the tensor `dims` of sides' axes."""
    sides = axes_of(chw)
    return Value(node, sides, dims or ((Axis(batch, True),) if batch != 1 else (), *sides))


def constant_value(array):
    return Value(None, ((), (), ()), axes_of(array.shape), array=array)


def reshaped(value, shape):
    """Returns the same numbers with dimensions of these sizes, cutting axes where needed, or None where axes cannot be cut so."""
    queue, dims, cuts = value.axes, [], {}
    for size in shape:
        dim = []
        while size > 1:
            if not queue:
                return None
            axis = queue.pop(0)
            part = math.gcd(axis.size, size)
            if part == 1 or (axis.batch and part != axis.size):
                return None
            if part != axis.size:
                if size != part:  # the rest of this axis would follow, but belongs to a later dimension only if `size` is used up
                    return None
                front, back = Axis(part), Axis(axis.size // part)
                cuts[axis] = (front, back)
                queue.insert(0, back)
                axis = front
            dim.append(axis)
            size //= axis.size
        dims.append(tuple(dim))
    if queue:
        return None
    cut = value
    while any(axis in cuts for axis in cut.axes):  # parts may have been cut again
        cut = cut.renamed(cuts)
    return cut.with_dims(dims)


def refined(a, b):
    """Returns (a, b) with equal axes in two dimensions of equal size, given as (value, index) each, or None."""
    (u, i), (v, j) = a, b
    cuts_u, cuts_v, left, right = {}, {}, list(u.dims[i]), list(v.dims[j])
    queue_u, queue_v = left[:], right[:]
    same = {}
    while queue_u and queue_v:
        p, q = queue_u.pop(0), queue_v.pop(0)
        part = math.gcd(p.size, q.size)
        if part == 1 or p.batch != q.batch or (p.size != part and q.size != part) or (p.batch and p.size != q.size):
            return None
        if p.size != part:
            front, back = Axis(part), Axis(p.size // part)
            cuts_u[p] = (front, back)
            queue_u.insert(0, back)
            p = front
        if q.size != part:
            front, back = Axis(part), Axis(q.size // part)
            cuts_v[q] = (front, back)
            queue_v.insert(0, back)
            q = front
        same[q] = (p,)
    for cuts, which in ((cuts_u, 0), (cuts_v, 1)):
        value = (u, v)[which]
        while any(axis in cuts for axis in value.axes):
            value = value.renamed(cuts)
        u, v = (value, v) if which == 0 else (u, value)
    return u, v.renamed(same)


def _merged(before, after):
    """Returns the runs of axes that follow each other on one side of both maps."""
    place = {axis: (side, i) for side, axes in enumerate(after) for i, axis in enumerate(axes)}
    runs = []
    for axes in before:
        last = None
        for axis in axes:
            if last and place[axis] == (place[last[-1]][0], place[last[-1]][1] + 1):
                last.append(axis)
            else:
                last = [axis]
                runs.append(last)
    return runs


class Layouts:
    """Adds the nodes that bring values into other maps; each only once."""

    def __init__(self, graph, source):
        self.graph, self.source, self.known = graph, source, {}

    def relayout(self, value, sides, title):
        """Returns the value in a map with these axes on its sides."""
        sides = tuple(tuple(side) for side in sides)
        if value.array is not None:
            return self._constant(value, sides, title)
        if value.sides == sides:
            return value
        key = (value.node, value.sides, sides)
        if key not in self.known:
            self.known[key] = self._permute(value, sides, title)
        return dataclasses.replace(value, node=self.known[key], sides=sides, parts=())

    def _expect_sides(self, sides, title):
        for side in sides:
            if size_of(side) > MAX_SIDE:
                raise Problem(f"{title}: expected a map with sides up to {MAX_SIDE}, found {[size_of(side) for side in sides]}")

    def _permute(self, value, sides, title):
        self._expect_sides(sides, title)
        after = [axis for side in sides for axis in side]
        runs = _merged(value.sides, sides) or [[Axis(1)]]
        if len(runs) > MAX_AXES:
            raise Problem(f"{title}: expected a transposition of at most {MAX_AXES} axes, found {len(runs)}")
        place = {axis: i for i, axis in enumerate(after)}
        order = sorted(range(len(runs)), key=lambda i: place.get(runs[i][0], 0))
        c, h, w = (size_of(side) for side in sides)
        fields = {"axes": len(runs), "size": [size_of(run) for run in runs], "order": order, "channels": c, "height": h, "width": w}
        return self.graph.add(f"{value.node}/permute", "permute", [value.node], (), fields)

    def _constant(self, value, sides, title):
        self._expect_sides(sides, title)
        axes, after = value.axes, [axis for side in sides for axis in side]
        array = value.array.reshape([axis.size for axis in axes]).transpose([axes.index(axis) for axis in after])
        c, h, w = (size_of(side) for side in sides)
        array = np.ascontiguousarray(array.reshape(c, h, w), np.float32)
        name = f"constant{len(self.graph.nodes)}"
        node = self.graph.add(name, "constant", [], [(f"{name}.value", array)], {"channels": c, "height": h, "width": w})
        return dataclasses.replace(value, node=node, sides=sides, array=None)
