# The numbers of ONNX tensors: in the model's file, or in another file of the same folder.
# SPDX-License-Identifier: MIT

import math
import os

import numpy as np
import onnx
import onnx.numpy_helper

from lib.problem import Problem, excerpt

MAX_NUMBERS = 1 << 31  # of a tensor
ITEM_BYTES = {  # of the types that external data may have here: number in onnx.TensorProto -> bytes
    onnx.TensorProto.FLOAT: 4,
    onnx.TensorProto.DOUBLE: 8,
    onnx.TensorProto.FLOAT16: 2,
    onnx.TensorProto.BFLOAT16: 2,
    onnx.TensorProto.INT64: 8,
    onnx.TensorProto.INT32: 4,
    onnx.TensorProto.INT8: 1,
    onnx.TensorProto.UINT8: 1,
    onnx.TensorProto.BOOL: 1,
}


def count_of(tensor, where):
    """Returns the number of numbers that the shape says."""
    count = math.prod(tensor.dims)
    if any(d < 0 for d in tensor.dims) or count > MAX_NUMBERS:
        raise Problem(f"{where}: expected a shape of at most {MAX_NUMBERS} numbers, found {excerpt(list(tensor.dims))}")
    return count


def array_of(tensor, path, name):
    """Returns the tensor of the model in `path` as an array.  Floating-point numbers are as in the file."""
    where = f"{path}: tensor {excerpt(name)}"
    count = count_of(tensor, where)
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        raw = _external(tensor, path, where, count)
    elif tensor.data_type == onnx.TensorProto.BFLOAT16 and tensor.HasField("raw_data"):
        raw = tensor.raw_data
    else:
        return _to_array(tensor, where)
    if tensor.data_type == onnx.TensorProto.BFLOAT16:  # the upper half of a float32
        if len(raw) != 2 * count:
            raise Problem(f"{where}: expected {2 * count} bytes, found {len(raw)}")
        return (np.frombuffer(raw, "<u2").astype("<u4") << np.uint32(16)).view("<f4").reshape(tensor.dims)
    copy = onnx.TensorProto(dims=tensor.dims, data_type=tensor.data_type, raw_data=raw)
    return _to_array(copy, where)


def _to_array(tensor, where):
    try:
        return onnx.numpy_helper.to_array(tensor)
    except (ValueError, TypeError, KeyError) as error:
        raise Problem(f"{where}: expected as many numbers as its shape says, found {excerpt(str(error))}") from None


def _number(entries, key, default, where):
    text = entries.get(key, default)
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Problem(f"{where}: expected {key} as a number, found {excerpt(text)}")
    return int(text)


def _external(tensor, path, where, count):
    """Reads the bytes of external data.  The file must be a regular file in the model's folder or below: a model must not read other files."""
    entries = {entry.key: entry.value for entry in tensor.external_data}
    location = entries.get("location", "")
    folder = os.path.realpath(os.path.dirname(path) or ".")
    inside = isinstance(location, str) and location and "\0" not in location and not os.path.isabs(location)
    file = os.path.realpath(os.path.join(folder, location)) if inside else ""
    if not inside or os.path.commonpath([folder, file]) != folder or file == folder:
        raise Problem(f"{where}: expected numbers in a file of the model's folder, found location {excerpt(location)}")
    if tensor.data_type not in ITEM_BYTES:
        raise Problem(f"{where}: expected numbers of a type that external data may have here, found type {tensor.data_type}")
    want = count * ITEM_BYTES[tensor.data_type]
    offset, length = _number(entries, "offset", "0", where), _number(entries, "length", str(want), where)
    if length != want:
        raise Problem(f"{where}: expected {want} bytes as its shape says, found a length of {length}")
    shown = os.path.join(os.path.dirname(path), location)
    if not os.path.isfile(file):
        raise Problem(f"{where}: expected its numbers in {shown}, found no such file")
    size = os.path.getsize(file)
    if offset + length > size:
        raise Problem(f"{where}: expected bytes {offset} to {offset + length} of {shown}, found {size} bytes")
    with open(file, "rb") as data:
        data.seek(offset)
        raw = data.read(length)
    if len(raw) != length:
        raise Problem(f"{where}: expected {length} bytes at {offset} of {shown}, found {len(raw)}")
    return raw
