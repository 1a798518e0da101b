# safetensors files: an 8-byte length, a JSON header, the tensors (huggingface/safetensors, format description in its README).
# SPDX-License-Identifier: MIT
"""Debian 12 has no package of the original library; float32 is all that is needed here."""

import contextlib
import json
import math
import os
import struct

import numpy as np

from lib.problem import Problem, excerpt

MAX_HEADER = 100_000_000  # the original's limit


@contextlib.contextmanager
def atomic_file(path):
    """A file to write to that appears under its name only when all went well."""
    part = path + ".part"
    try:
        with open(part, "wb") as file:
            yield file
        os.replace(part, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.remove(part)


def write(path, tensors, metadata=None):
    """tensors: name -> array, stored as float32 in this order; metadata: text -> text."""
    header = {"__metadata__": metadata} if metadata else {}
    arrays, end = [], 0
    for name, array in tensors.items():
        # ascontiguousarray makes a vector of a scalar, hence the reshape.
        arrays.append(np.ascontiguousarray(array, dtype="<f4").reshape(np.shape(array)))
        begin, end = end, end + arrays[-1].nbytes
        header[name] = {"dtype": "F32", "shape": list(arrays[-1].shape), "data_offsets": [begin, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # so that the tensors are aligned
    with atomic_file(path) as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for array in arrays:
            file.write(array.tobytes())


def read(path):
    """(name -> float32 array, metadata)"""
    with open(path, "rb") as file:
        data = file.read()
    length = struct.unpack("<Q", data[:8])[0] if len(data) >= 8 else MAX_HEADER
    if length > min(MAX_HEADER, len(data) - 8):
        raise Problem(f"{path}: expected a safetensors header, found {len(data)} bytes that do not hold one")
    try:
        header = json.loads(data[8 : 8 + length])
        metadata = header.pop("__metadata__", {})
        values = memoryview(data)[8 + length :]  # a slice of the bytes would be a copy
        tensors = {name: _tensor(values, **entry) for name, entry in header.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise Problem(f"{path}: bad safetensors header: {error}") from None
    return tensors, metadata


def _tensor(data, dtype, shape, data_offsets):
    begin, end = data_offsets
    if dtype != "F32" or not 0 <= begin <= end <= len(data) or end - begin != 4 * math.prod(shape):
        raise ValueError(f"expected a float32 tensor in {len(data)} bytes, found {excerpt((dtype, shape, data_offsets))}")
    return np.frombuffer(data, "<f4", math.prod(shape), begin).reshape(shape)
