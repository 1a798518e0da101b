# Reads the tensors of a PyTorch state dict, without PyTorch.
# SPDX-License-Identifier: MIT
"""A .pth file is a pickle, and unpickling runs any code that the file contains: torch.load is unsafe, also with weights_only=True before torch 2.6
(CVE-2025-32434), and Debian 12 has 1.13.  So this file interprets the pickle's opcodes itself.  Only those that a state dict needs exist, nothing is
imported, and the only "functions" that may be called are the four branches of _call().

Containers: the zip file of torch >= 1.6, and the format of older versions, a chain of pickles followed by the raw numbers.
Source of both layouts: torch/serialization.py.
"""

import dataclasses
import io
import math
import os
import pickletools
import struct
import zipfile

import numpy as np

from lib.problem import Problem, excerpt, reading

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001
MAX_OPCODES = 1_000_000  # FastPose's pickle has 25 000
MAX_PICKLE = 64 << 20
MAX_DIMS = 8

STORAGES = {"FloatStorage": "<f4", "DoubleStorage": "<f8", "HalfStorage": "<f2", "LongStorage": "<i8", "IntStorage": "<i4"}
CALLABLE = ("collections OrderedDict", "torch._utils _rebuild_tensor", "torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_parameter")
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
LITERALS = ("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINSTRING", "BINSTRING")
TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


class Damaged(Exception):
    """The error in the file, without the file's name."""


@dataclasses.dataclass(frozen=True)
class Global:
    name: str  # "module attribute": only a name, never the object


@dataclasses.dataclass(frozen=True)
class Storage:
    dtype: np.dtype
    key: str
    count: int  # elements
    offset: int = 0  # start of a view, in elements


@dataclasses.dataclass(frozen=True)
class Tensor:
    storage: Storage
    offset: int
    size: tuple
    stride: tuple


def _storage(pid):
    """Reads torch's persistent id: ("storage", type, key, device, count[, view])."""
    if not (isinstance(pid, tuple) and len(pid) in (5, 6) and pid[0] == "storage" and isinstance(pid[1], Global)):
        raise Damaged(f"expected a storage, found {excerpt(pid)}")
    module, name = pid[1].name.split(" ")
    if module not in ("torch", "torch.cuda") or name not in STORAGES or not isinstance(pid[2], str):
        raise Damaged(f"expected a storage of numbers, found {excerpt(pid)}")
    view = pid[5] if len(pid) == 6 and pid[5] is not None else (None, 0, pid[4])
    _, offset, count = view
    return Storage(np.dtype(STORAGES[name]), pid[2], _index(offset) + _index(count), _index(offset))


def _index(value):
    if type(value) is not int or not 0 <= value < 1 << 48:
        raise Damaged(f"expected a size or offset, found {excerpt(value)}")
    return value


def _rebuilt(args):
    storage, offset, size, stride = args[:4]
    if not isinstance(storage, Storage) or not isinstance(size, tuple) or not isinstance(stride, tuple):
        raise Damaged(f"expected a tensor, found {excerpt(args)}")
    if len(size) != len(stride) or len(size) > MAX_DIMS:
        raise Damaged(f"expected as many strides as sizes, found {excerpt(args)}")
    return Tensor(storage, _index(offset) + storage.offset, tuple(map(_index, size)), tuple(map(_index, stride)))


def _add_items(pairs, to):
    for key, value in pairs:
        if not isinstance(key, (str, int)):  # hashing a deeply nested tuple would overflow the C stack
            raise Damaged(f"expected a name, found {excerpt(key)}")
        to[key] = value


def _dict_of(pairs):
    """Returns the dict for what Python 2 passes to OrderedDict.  Empties the list, so that a list in the memo cannot cost its length again and again."""
    out = {}
    items = pairs[:]
    pairs.clear()
    _add_items(items, out)
    return out


def _call(function, args):
    """Executes the REDUCE opcode."""
    name = function.name if isinstance(function, Global) else ""
    if name not in CALLABLE or not isinstance(args, tuple):
        raise Damaged(f"expected a tensor or a dict, found a call of {excerpt(function)}")
    if name == "collections OrderedDict":
        return _dict_of(args[0]) if args else {}
    return args[0] if name == "torch._utils _rebuild_parameter" else _rebuilt(args)


class _Machine:
    """The stack machine of pickletools, protocol 2, limited to what state dicts need."""

    def __init__(self):
        self.stack, self.marks, self.memo = [], [], {}

    def run(self, stream):
        """Returns the object of the pickle at the stream's position and leaves the stream after it."""
        for count, (opcode, arg, _) in enumerate(pickletools.genops(stream)):
            if count > MAX_OPCODES:
                raise Damaged(f"expected at most {MAX_OPCODES} opcodes, found more")
            self._step(opcode.name, arg)
        return self.stack.pop()

    def _step(self, name, arg):
        stack = self.stack
        if name in LITERALS:
            stack.append(arg)
        elif name in CONSTANTS:
            stack.append(CONSTANTS[name])
        elif name in ("BINPUT", "LONG_BINPUT"):
            self.memo[arg] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            stack.append(self.memo[arg])
        elif name in TUPLES:
            stack.append(tuple(self._pop(TUPLES[name])))
        elif name in ("EMPTY_DICT", "EMPTY_LIST"):
            stack.append({} if name == "EMPTY_DICT" else [])
        elif name == "GLOBAL":
            stack.append(self._global(arg))
        elif name == "MARK":
            self.marks.append(len(stack))
        elif name not in ("PROTO", "STOP"):
            self._combine(name)

    def _combine(self, name):
        """Executes the opcodes that take items off the stack."""
        stack = self.stack
        if name == "TUPLE":
            stack.append(tuple(self._pop_mark()))
        elif name in ("APPEND", "APPENDS"):
            items = self._pop_mark() if name == "APPENDS" else self._pop(1)
            self._top(list).extend(items)
        elif name in ("SETITEM", "SETITEMS"):
            items = self._pop_mark() if name == "SETITEMS" else self._pop(2)
            _add_items(zip(items[::2], items[1::2], strict=True), self._top(dict))
        elif name == "BINPERSID":
            stack.append(_storage(stack.pop()))
        elif name == "REDUCE":
            function, args = self._pop(2)
            stack.append(_call(function, args))
        elif name == "BUILD":  # attributes of the dict (_metadata) are not needed
            self._pop(1)
        else:
            raise Damaged(f"expected a state dict, found the pickle opcode {name}")

    def _global(self, name):
        module, _, attribute = name.rpartition(" ")
        if name not in CALLABLE and not (module in ("torch", "torch.cuda") and attribute in STORAGES):
            raise Damaged(f"expected a state dict, found a pickle that imports {excerpt(name.replace(' ', '.'))}")
        return Global(name)

    def _pop(self, count):
        if len(self.stack) < count + (self.marks[-1] if self.marks else 0):
            raise Damaged("expected a state dict, found a pickle that takes more than it put")
        items = self.stack[len(self.stack) - count :]
        del self.stack[len(self.stack) - count :]
        return items

    def _pop_mark(self):
        mark = self.marks.pop()
        items = self.stack[mark:]
        del self.stack[mark:]
        return items

    def _top(self, kind):
        if not self.stack or not isinstance(self.stack[-1], kind):
            raise Damaged(f"expected a state dict, found items for something else than a {kind.__name__}")
        return self.stack[-1]


def _array(tensor, numbers):
    """Returns the tensor's view of its storage, dense.  Refuses elements outside the storage and elements that are used twice."""
    count = math.prod(tensor.size)
    last = tensor.offset + sum((size - 1) * stride for size, stride in zip(tensor.size, tensor.stride))
    if count > 0 and not (count <= len(numbers) and last < min(len(numbers), tensor.storage.count)):
        raise Damaged(f"expected a tensor within its storage of {len(numbers)} numbers, found {excerpt((tensor.offset, tensor.size, tensor.stride))}")
    if count == 0:
        return np.zeros(tensor.size, tensor.storage.dtype)
    strides = [stride * numbers.itemsize for stride in tensor.stride]
    return np.ascontiguousarray(np.lib.stride_tricks.as_strided(numbers[tensor.offset :], tensor.size, strides)).reshape(tensor.size)


def _named_tensors(state):
    if not isinstance(state, dict) or not state:
        raise Damaged(f"expected a dict of tensors, found {excerpt(state)}")
    for name, tensor in state.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise Damaged(f"expected names and tensors, found {excerpt(name)}: {excerpt(tensor)}")
    return state


def _storages(state, file_size):
    """Returns key -> storage.  Refuses tensors that claim more than the file can hold, so that nothing is read or copied repeatedly."""
    storages = {tensor.storage.key: tensor.storage for tensor in state.values()}
    for what, total in (
        ("storages", sum(storage.count * storage.dtype.itemsize for storage in storages.values())),
        ("tensors", sum(math.prod(tensor.size) * tensor.storage.dtype.itemsize for tensor in state.values())),
    ):
        if total > file_size:
            raise Damaged(f"expected {what} of {excerpt(total)} bytes, found a file of {file_size}")
    return storages


def _read_zip(path):
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        if len(names) != 1:
            raise Damaged(f"expected one data.pkl, found {len(names)}")
        prefix = names[0][: -len("data.pkl")]

        def record(name, size=None):
            info = archive.getinfo(prefix + name)
            if info.compress_type != zipfile.ZIP_STORED or info.file_size > (MAX_PICKLE if size is None else size):
                raise Damaged(f"{name}: expected at most {size or MAX_PICKLE} bytes, not compressed, found {info.file_size}")
            return archive.read(info)

        if prefix + "byteorder" in archive.namelist() and record("byteorder") != b"little":
            raise Damaged("expected little-endian numbers")
        state = _named_tensors(_Machine().run(io.BytesIO(record("data.pkl"))))
        storages = _storages(state, os.path.getsize(path))
        numbers = {key: np.frombuffer(record("data/" + key, s.count * s.dtype.itemsize), s.dtype) for key, s in storages.items()}
        return {name: _array(tensor, numbers[tensor.storage.key]) for name, tensor in state.items()}


def _read_legacy(path):
    with open(path, "rb") as file:
        stream = io.BytesIO(file.read())
    magic, protocol, system = (_Machine().run(stream) for _ in range(3))
    if magic != LEGACY_MAGIC or protocol != LEGACY_PROTOCOL:
        raise Damaged("expected a file written by torch.save, found another kind of pickle")
    if not isinstance(system, dict) or system.get("little_endian") is not True:
        raise Damaged("expected little-endian numbers")
    state = _named_tensors(_Machine().run(stream))
    storages = _storages(state, len(stream.getbuffer()))
    numbers = {}
    for key in _Machine().run(stream):
        if not isinstance(key, str) or key not in storages:
            raise Damaged(f"expected the keys of the storages, found {excerpt(key)}")
        dtype = storages[key].dtype
        (count,) = struct.unpack("<q", stream.read(8))
        left = len(stream.getbuffer()) - stream.tell()
        if not 0 <= count <= left // dtype.itemsize:
            raise Damaged(f"expected {count} numbers of storage {excerpt(key)}, found {left} bytes")
        numbers[key] = np.frombuffer(stream.read(count * dtype.itemsize), dtype)
    if stream.read(1):
        raise Damaged("expected the end of the file after the last storage, found more")
    return {name: _array(tensor, numbers[tensor.storage.key]) for name, tensor in state.items()}


def read_state_dict(path):
    """Returns name -> array, in the file's order.  Throws Problem for anything that is not a plain state dict."""
    try:
        with open(path, "rb") as file, reading(path, "a PyTorch state dict"):
            is_zip = file.read(4) == b"PK\x03\x04"
            return _read_zip(path) if is_zip else _read_legacy(path)
    except Damaged as damaged:
        raise Problem(f"{path}: {damaged}") from None


def without_wrapper(path, state):
    """Drops what inference does not use, and the prefix that torch.nn.DataParallel adds to every name."""
    out = {}
    for name, array in state.items():
        name = name.removeprefix("module.")
        if name in out:
            raise Problem(f"{path}: {excerpt(name)}: expected one tensor of that name, found two")
        if not name.endswith(".num_batches_tracked"):
            out[name] = array
    return out
