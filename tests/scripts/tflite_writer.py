# Writes .tflite files for tests: tables of flatbuffers, children before their parents.
# SPDX-License-Identifier: MIT

import struct

import numpy as np


OPTIONS = {0: 11, 2: 10, 3: 1, 4: 2, 5: 94, 17: 5, 23: 15}  # BuiltinOperator -> BuiltinOptions


class Vector:
    """kind: NumPy's type of the elements"""

    def __init__(self, kind, values):
        self.array = np.ascontiguousarray(values, kind)


def table(**fields):
    """Fields by number, as _0, _1 ...: a Scalar, bytes (text), a Vector, a list of tables, a table."""
    return {int(name[1:]): value for name, value in fields.items()}


def scalar(kind, value):
    return struct.pack("<" + kind, value), kind


class _Writer:
    """The file from its end to its beginning would be usual; here offsets to later parts are filled in, which flatbuffers allow too."""

    def __init__(self):
        self.out = bytearray(b"\0\0\0\0TFL3")

    def align(self, size):
        self.out += bytes(-len(self.out) % size)

    def put(self, value):
        """Writes an object.  Returns its place."""
        if isinstance(value, dict):
            return self.put_table(value)
        if isinstance(value, bytes):
            self.align(4)
            at = len(self.out)
            self.out += struct.pack("<I", len(value)) + value + b"\0"
            return at
        if isinstance(value, Vector):
            self.out += bytes(-(len(self.out) + 4) % 16)
            at = len(self.out)
            self.out += struct.pack("<I", value.array.size) + value.array.tobytes()
            return at
        self.align(4)
        at = len(self.out)
        self.out += struct.pack("<I", len(value)) + bytes(4 * len(value))
        for i, part in enumerate(value):
            place = at + 4 + 4 * i
            struct.pack_into("<I", self.out, place, self.put(part) - place)
        return at

    def put_table(self, fields):
        count = max(fields, default=-1) + 1
        self.align(4)
        vtable = len(self.out)
        self.out += bytes(4 + 2 * count)
        self.align(4)
        at = len(self.out)
        self.out += struct.pack("<i", at - vtable)
        places = {}
        for field, value in fields.items():
            if isinstance(value, tuple):
                data, kind = value
                self.align(struct.calcsize(kind))
            else:
                data = bytes(4)
                self.align(4)
            places[field] = len(self.out)
            self.out += data
        struct.pack_into("<HH", self.out, vtable, 4 + 2 * count, len(self.out) - at)
        for field, place in places.items():
            struct.pack_into("<H", self.out, vtable + 4 + 2 * field, place - at)
        for field, place in places.items():
            if not isinstance(fields[field], tuple):
                struct.pack_into("<I", self.out, place, self.put(fields[field]) - place)
        return at


class Model:
    """A network as it is added; tensors are named by their number."""

    def __init__(self):
        self.tensors, self.operators, self.buffers, self.codes = [], [], [table()], []

    def tensor(self, shape, value=None, kind=0, **more):
        """kind: TensorType.  Returns the tensor's number."""
        index = 0
        if value is not None:
            index = len(self.buffers)
            self.buffers.append(table(_0=Vector("u1", np.frombuffer(np.ascontiguousarray(value).tobytes(), "u1"))))
        self.tensors.append(table(_0=Vector("<i4", shape), _1=scalar("b", kind), _2=scalar("I", index), _3=f"t{len(self.tensors)}".encode(), **more))
        return len(self.tensors) - 1

    def constant(self, value):
        value = np.asarray(value)
        return self.tensor(value.shape, value, {"f4": 0, "f2": 1, "i4": 2}[value.dtype.str[1:]])

    def add(self, code, inputs, shape, options=None, **more):
        """Returns the number of the result."""
        if code not in self.codes:
            self.codes.append(code)
        made = self.tensor(shape, **more)
        fields = {"_0": scalar("I", self.codes.index(code)), "_1": Vector("<i4", inputs), "_2": Vector("<i4", [made])}
        if options is not None:
            fields |= {"_3": scalar("B", OPTIONS[code]), "_4": options}
        self.operators.append(table(**fields))
        return made

    def write(self, path, inputs, outputs):
        codes = [table(_0=scalar("b", min(code, 127)), _3=scalar("i", code)) for code in self.codes]
        graph = table(_0=self.tensors, _1=Vector("<i4", inputs), _2=Vector("<i4", outputs), _3=self.operators)
        writer = _Writer()
        root = writer.put(table(_0=scalar("I", 3), _1=codes, _2=[graph], _4=self.buffers))
        struct.pack_into("<I", writer.out, 0, root)
        with open(path, "wb") as file:
            file.write(writer.out)
