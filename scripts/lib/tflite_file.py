# Reads .tflite files: a checked reader of flatbuffers, and the tables of a network (tensorflow/lite/schema/schema.fbs, version 3).
# SPDX-License-Identifier: MIT
"""Every offset, size and count is checked against the file before it is used, so that a damaged or hostile file raises Problem and takes no more memory than
a few times its size.  Only the first subgraph is read: others belong to control flow."""

import dataclasses
import math
import struct

import numpy as np

from lib.problem import Problem, excerpt

MAX_ITEMS = 20_000  # tensors or operators; the largest pose network has 600
MAX_DIMS = 8
MAX_ELEMENTS = 1 << 28  # of a tensor
TYPES = {0: "<f4", 1: "<f2", 2: "<i4", 4: "<i8"}  # TensorType -> NumPy's


class Damaged(Exception):
    """The error in the file, without the file's name."""


class Table:
    """A table at a position: its fields by the number of their declaration."""

    def __init__(self, data, at):
        self.data, self.at = data, at
        self.vtable = at - _number(data, "<i", at)
        self.size = _number(data, "<H", self.vtable)

    def _place(self, field):
        """Returns where the field is, None for a field that the file leaves out."""
        entry = 4 + 2 * field
        offset = _number(self.data, "<H", self.vtable + entry) if entry + 2 <= self.size else 0
        return self.at + offset if offset else None

    def number(self, field, kind="<i", default=0):
        place = self._place(field)
        return default if place is None else _number(self.data, kind, place)

    def table(self, field):
        place = self._place(field)
        return None if place is None else Table(self.data, place + _number(self.data, "<I", place))

    def _vector(self, field, size):
        """Returns (position of the first element, count)."""
        place = self._place(field)
        if place is None:
            return 0, 0
        start = place + _number(self.data, "<I", place)
        count = _number(self.data, "<I", start)
        if start + 4 + count * size > len(self.data):
            raise Damaged(f"expected {count} elements of {size} bytes at byte {start + 4}, found a file of {len(self.data)}")
        return start + 4, count

    def array(self, field, kind):
        start, count = self._vector(field, np.dtype(kind).itemsize)
        return np.frombuffer(self.data, kind, count, start)

    def tables(self, field):
        start, count = self._vector(field, 4)
        if count > MAX_ITEMS:
            raise Damaged(f"expected at most {MAX_ITEMS} tables, found {count}")
        return [Table(self.data, place + _number(self.data, "<I", place)) for place in range(start, start + 4 * count, 4)]

    def text(self, field):
        return bytes(self.array(field, "u1")[:512]).decode("utf-8", "replace")


def _number(data, kind, at):
    if not 0 <= at <= len(data) - struct.calcsize(kind):
        raise Damaged(f"expected a number at byte {at}, found a file of {len(data)}")
    return struct.unpack_from(kind, data, at)[0]


@dataclasses.dataclass(frozen=True)
class Tensor:
    """value: of a constant, else None"""

    name: str
    shape: tuple
    kind: int
    value: np.ndarray | None


@dataclasses.dataclass(frozen=True)
class Operator:
    """code: BuiltinOperator; options: a Table or None; inputs: -1 for one that is left out"""

    code: int
    inputs: tuple
    outputs: tuple
    options: Table | None


@dataclasses.dataclass(frozen=True)
class Network:
    tensors: list
    operators: list
    inputs: tuple
    outputs: tuple


def _shape(table):
    shape = tuple(int(side) for side in table.array(0, "<i4"))
    if len(shape) > MAX_DIMS or any(side < 0 for side in shape) or math.prod(shape) > MAX_ELEMENTS:
        raise Damaged(f"expected the shape of a tensor, found {excerpt(shape)}")
    return shape


def _dense(tensor, sparsity):
    """Returns the dense values of a sparse constant: blocks of rows whose other elements are 0 (SparsityParameters)."""
    shape, kind, values = tensor.shape, TYPES[tensor.kind], tensor.value
    order, block_map = sparsity.array(0, "<i4").tolist(), sparsity.array(1, "<i4").tolist()
    dims = sparsity.tables(2)
    levels = len(shape) + len(block_map)
    if sorted(order) != list(range(levels)) or len(dims) != levels or any(not 0 <= axis < len(shape) for axis in block_map):
        raise Damaged(f"expected the order of {levels} dimensions of a sparse tensor, found {excerpt((order, block_map))}")
    # The index of each stored element along every level, level by level.
    parents, indices = 1, []
    for dim in dims:
        if dim.number(0, "<b") == 0:  # dense
            size = dim.number(1)
            if not 0 < size <= MAX_ELEMENTS // max(parents, 1):
                raise Damaged(f"expected the size of a dense dimension, found {size}")
            repeats, own = np.full(parents, size), np.tile(np.arange(size), parents)
        else:
            segments, own = (_unsigned(dim, type_field) for type_field in (2, 4))
            if len(segments) != parents + 1 or segments[0] != 0 or segments[-1] != len(own) or (np.diff(segments) < 0).any():
                raise Damaged(f"expected the segments of {parents} rows of a sparse tensor, found {excerpt(segments.tolist())}")
            repeats = np.diff(segments)
        indices = [np.repeat(above, repeats) for above in indices] + [own]
        parents = len(own)
    if parents != len(values):
        raise Damaged(f"expected {parents} values of a sparse tensor, found {len(values)}")
    places = dict(zip(order, indices))
    sizes = {level: dim.number(1) for level, dim in zip(order, dims)}
    at = []
    for axis in range(len(shape)):
        place = places[axis].astype(np.int64)
        for block, blocked in enumerate(block_map):
            if blocked == axis:
                place = place * sizes[len(shape) + block] + places[len(shape) + block]
        if len(place) and not (0 <= place.min() and place.max() < shape[axis]):
            raise Damaged(f"expected indices below {shape[axis]} of a sparse tensor, found {excerpt(int(place.max()))}")
        at.append(place)
    out = np.zeros(shape, kind)
    out[tuple(at)] = values
    return out


def _unsigned(dim, type_field):
    """Reads a SparseIndexVector: a union of vectors of 32, 16 and 8 bits."""
    kind, table = dim.number(type_field, "<B"), dim.table(type_field + 1)
    if table is None or kind not in (1, 2, 3):
        raise Damaged(f"expected the indices of a sparse tensor, found kind {kind}")
    return table.array(0, {1: "<i4", 2: "<u2", 3: "<u1"}[kind]).astype(np.int64)


def _tensor(table, buffers):
    shape, kind, index = _shape(table), table.number(1, "<b"), table.number(2, "<I")
    tensor = Tensor(table.text(3), shape, kind, None)
    data = buffers[index].array(0, "u1") if index < len(buffers) else None
    if data is None:
        raise Damaged(f"{excerpt(tensor.name)}: expected a buffer below {len(buffers)}, found {index}")
    if len(data) == 0 or kind not in TYPES:
        return tensor
    values, sparsity = np.frombuffer(data.tobytes(), TYPES[kind], len(data) // np.dtype(TYPES[kind]).itemsize), table.table(6)
    if sparsity is not None:
        return dataclasses.replace(tensor, value=_dense(dataclasses.replace(tensor, value=values), sparsity))
    if len(values) != math.prod(shape) or values.nbytes != len(data):
        raise Damaged(f"{excerpt(tensor.name)}: expected {math.prod(shape)} numbers of {TYPES[kind]}, found {len(data)} bytes")
    return dataclasses.replace(tensor, value=values.reshape(shape))


def _indices(table, field, count, what, least=0):
    found = tuple(int(i) for i in table.array(field, "<i4")[: MAX_ITEMS + 1])
    if len(found) > MAX_ITEMS or any(not least <= i < count for i in found):
        raise Damaged(f"expected {what} below {count}, found {excerpt(found)}")
    return found


def _operator(table, codes, tensors):
    index = table.number(0, "<I")
    if index >= len(codes):
        raise Damaged(f"expected an operator code below {len(codes)}, found {index}")
    code = max(codes[index].number(0, "<b"), codes[index].number(3))  # the second one for codes above 127
    return Operator(code, _indices(table, 1, tensors, "inputs", -1), _indices(table, 2, tensors, "outputs"), table.table(4))


def read(path):
    """Returns the Network.  Throws Problem for a file that is not one."""
    with open(path, "rb") as file:
        data = file.read()
    try:
        if data[4:8] != b"TFL3":
            raise Damaged("expected a .tflite file, found another kind of file")
        model = Table(data, _number(data, "<I", 0))
        graphs, codes, buffers = model.tables(2), model.tables(1), model.tables(4)
        if len(graphs) == 0:
            raise Damaged("expected a network, found none")
        tensors = [_tensor(table, buffers) for table in graphs[0].tables(0)]
        operators = [_operator(table, codes, len(tensors)) for table in graphs[0].tables(3)]
        inputs, outputs = (_indices(graphs[0], field, len(tensors), "tensors") for field in (1, 2))
        return Network(tensors, operators, inputs, outputs)
    except Damaged as damaged:
        raise Problem(f"{path}: {damaged}") from None
