# safetensors files: an 8-byte length, a JSON header, the tensors (huggingface/safetensors, format description in its README).
# SPDX-License-Identifier: MIT
"""Debian 12 has no package of the original library.  Arrays are float32 here; files may store them in two bytes."""

import contextlib
import json
import math
import os
import shutil
import struct
import tempfile

import numpy as np

from lib.output_file import atomic_file
from lib.problem import Problem, excerpt, reading

MAX_HEADER = 100_000_000  # the original's limit
WRITTEN = {"F32": "<f4", "F16": "<f2"}
BYTES = {"F32": 4, "F16": 2, "BF16": 2}


def write(path, tensors, metadata=None, dtype="F32"):
    """tensors: name -> array, stored in this order, as float32 or rounded to F16; metadata: text -> text."""
    header = {"__metadata__": metadata} if metadata else {}
    arrays, end = [], 0
    for name, array in tensors.items():
        # ascontiguousarray makes a vector of a scalar, hence the reshape.
        with np.errstate(over="ignore"):
            arrays.append(np.ascontiguousarray(array, dtype=WRITTEN[dtype]).reshape(np.shape(array)))
        if dtype != "F32" and not np.isfinite(arrays[-1]).all():
            raise Problem(f"{path}: {name}: expected finite numbers that {dtype} can hold, found {excerpt(float(np.abs(array).max()))}")
        header[name], end = _entry(arrays[-1], end, dtype)
    with atomic_file(path) as file:
        file.write(_header_bytes(header))
        for array in arrays:
            file.write(array.tobytes())


def _entry(array, begin, dtype="F32"):
    """Returns (the header's entry for an array whose bytes start at `begin`, the end of the bytes)."""
    end = begin + array.nbytes
    return {"dtype": dtype, "shape": list(array.shape), "data_offsets": [begin, end]}, end


def _header_bytes(header):
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # aligns the tensors
    return struct.pack("<Q", len(text)) + text


class Stream:
    """Writes tensors one by one, without keeping them in memory.  metadata: text -> text, may be filled until the end"""

    def __init__(self, values):
        self.metadata, self.header, self.values, self.end = {}, {}, values, 0

    def add(self, name, array):
        """array: stored as float32; each name may be used once"""
        array = np.ascontiguousarray(array, dtype="<f4").reshape(np.shape(array))
        self.header[name], self.end = _entry(array, self.end)
        self.values.write(array.data if array.size else b"")


@contextlib.contextmanager
def streamed(path):
    """Yields a Stream.  If the block ends well, its tensors become the file.  The header comes first and needs all sizes, so the values are collected in a
    nameless file of the same folder.  At the end they are copied after the header, which for a moment needs twice the space."""
    target = os.path.realpath(path)
    with tempfile.TemporaryFile(dir=os.path.dirname(target) if os.path.isfile(target) or not os.path.exists(path) else None) as values:
        stream = Stream(values)
        yield stream
        values.seek(0)
        with atomic_file(path) as file:
            file.write(_header_bytes({"__metadata__": stream.metadata} | stream.header))
            shutil.copyfileobj(values, file, 1 << 20)


def read(path):
    """Returns (name -> float32 array, metadata)."""
    with open(path, "rb") as file:
        data = file.read()
    length = struct.unpack("<Q", data[:8])[0] if len(data) >= 8 else MAX_HEADER
    if length > min(MAX_HEADER, len(data) - 8):
        raise Problem(f"{path}: expected a safetensors header, found {len(data)} bytes that do not hold one")
    with reading(path, "a safetensors header"):
        header = json.loads(data[8 : 8 + length])
        metadata = header.pop("__metadata__", None) or {}
        values = memoryview(data)[8 + length :]  # slicing the bytes would copy them
        tensors = {name: _tensor(values, **entry) for name, entry in header.items()}
    return tensors, metadata


def _tensor(data, dtype, shape, data_offsets):
    begin, end = data_offsets
    if dtype not in BYTES or not 0 <= begin <= end <= len(data) or end - begin != BYTES[dtype] * math.prod(shape):
        raise ValueError(f"expected an F32, F16 or BF16 tensor in {len(data)} bytes, found {excerpt((dtype, shape, data_offsets))}")
    if dtype == "BF16":  # the upper half of a float32
        return (np.frombuffer(data, "<u2", math.prod(shape), begin).astype("<u4") << np.uint32(16)).view("<f4").reshape(shape)
    return np.frombuffer(data, WRITTEN[dtype], math.prod(shape), begin).astype("<f4", copy=False).reshape(shape)
