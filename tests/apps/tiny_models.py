# Models and pictures small enough to run a whole program in a fraction of a second.
# SPDX-License-Identifier: MIT
"""Written with the standard library alone, in the formats that the programs read."""
import json
import struct
import zlib

DETECTOR_CFG = """[net]
width=64
height=64
channels=3

[convolutional]
filters=18
size=32
stride=32
pad=0
activation=linear

[yolo]
mask=0
anchors=24,24
classes=13
num=1
"""


def write_detector(folder, name="tiny", bias_change=None):
    """A detector that finds one person in every cell of the 2 x 2 grid, whatever the picture; bias_change edits the file's floats."""
    (folder / f"{name}.cfg").write_text(DETECTOR_CFG)
    bias = [0.0, 0.0, 0.0, 0.0, 4.0, 3.0] + [-6.0] * 12
    weight = [0.0] * (18 * 3 * 32 * 32)
    values = bias + weight
    if bias_change:
        bias_change(values)
    header = struct.pack("<iiiq", 0, 2, 0, 0)
    (folder / f"{name}.weights").write_bytes(header + struct.pack(f"<{len(values)}f", *values))


def safetensors(tensors, metadata):
    """The bytes of a safetensors file; tensors: name -> (shape, list of floats)."""
    header, data = {"__metadata__": metadata}, b""
    for name, (shape, values) in tensors.items():
        raw = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def write_pose(folder, name="tinypose"):
    """A pose network of one convolution: 3 x 64 x 48 -> 17 heatmaps of 16 x 12."""
    act = {"kind": "linear", "slope": 0.1}
    conv = {"name": "maps", "op": "conv2d", "inputs": ["data"], "params": ["w", "b"], "in_c": 3, "out_c": 17, "kernel_h": 4, "kernel_w": 4,
            "stride_h": 4, "stride_w": 4, "pad_top": 0, "pad_left": 0, "pad_bottom": 0, "pad_right": 0, "groups": 1, "bias": True,
            "act": act, "residual": False, "post": act}
    graph = {"format": 1, "title": name, "outputs": ["maps"],
             "nodes": [{"name": "data", "op": "input", "inputs": [], "params": [], "shape": {"n": 1, "h": 64, "w": 48, "c": 3}}, conv],
             "pose": {"mean": [0.5, 0.5, 0.5], "std": [1, 1, 1], "joints": 17}}
    weight = [((i * 7919) % 101 - 50) / 1000 for i in range(17 * 3 * 16)]
    tensors = {"w": ([17, 3, 4, 4], weight), "b": ([17], [0.6] * 17)}
    (folder / f"{name}.safetensors").write_bytes(safetensors(tensors, {"graph": json.dumps(graph)}))


def png(w, h, seed=1):
    """A PNG of coloured noise: no two neighbourhoods are alike, so that no heatmap has two equal maxima."""
    rows = b""
    for y in range(h):
        rows += b"\0" + bytes((x * x * 7 + y * y * 13 + x * y * 3 + c * 50 + seed * 13) % 256 for x in range(w) for c in range(3))

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def npy(shape, values):
    """A float32 .npy file."""
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {tuple(shape)}, }}"
    head += " " * (-(len(head) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + struct.pack(f"<{len(values)}f", *values)
