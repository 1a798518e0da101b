# Models and images small enough to run a whole program in a fraction of a second.
# SPDX-License-Identifier: MIT
"""Uses only the standard library, and the formats that the programs read."""
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
    """Writes a detector that finds one person in every cell of the 2 x 2 grid, for any image; bias_change edits the file's floats."""
    (folder / f"{name}.cfg").write_text(DETECTOR_CFG)
    bias = [0.0, 0.0, 0.0, 0.0, 4.0, 3.0] + [-6.0] * 12
    weight = [0.0] * (18 * 3 * 32 * 32)
    values = bias + weight
    if bias_change:
        bias_change(values)
    header = struct.pack("<iiiq", 0, 2, 0, 0)
    (folder / f"{name}.weights").write_bytes(header + struct.pack(f"<{len(values)}f", *values))


def safetensors(tensors, metadata):
    """Returns the bytes of a safetensors file; tensors: name -> (shape, list of floats)."""
    header, data = {"__metadata__": metadata}, b""
    for name, (shape, values) in tensors.items():
        raw = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def conv2d(name, source, params, in_c, out_c, kernel, stride, pad):
    """Returns a node of a graph file: a convolution with bias."""
    act = {"kind": "linear", "slope": 0.1}
    return {"name": name, "op": "conv2d", "inputs": [source], "params": params, "in_c": in_c, "out_c": out_c, "kernel_h": kernel, "kernel_w": kernel,
            "stride_h": stride, "stride_w": stride, "pad_top": pad, "pad_left": pad, "pad_bottom": pad, "pad_right": pad, "groups": 1, "bias": True,
            "act": act, "residual": False, "post": act}


POSE = {"mean": [0.5, 0.5, 0.5], "std": [1, 1, 1], "joints": 17}


def write_graph(folder, name, nodes, tensors, w=48, pose=POSE, channels=3, outputs=None):
    """Writes a network with an input of 3 (or `channels`) x 64 x w, by default a pose network with 17 heatmaps.  outputs: names, by default the last node"""
    data = {"name": "data", "op": "input", "inputs": [], "params": [], "shape": {"n": 1, "h": 64, "w": w, "c": channels}}
    graph = {"format": 1, "title": name, "outputs": outputs or [nodes[-1]["name"]], "nodes": [data, *nodes], "pose": pose}
    (folder / f"{name}.safetensors").write_bytes(safetensors(tensors, {"graph": json.dumps(graph)}))


def weights(count, divisor=1000):
    return [((i * 7919) % 101 - 50) / divisor for i in range(count)]


def write_detector_graph(folder, name="tinygraph"):
    """Writes the detector of write_detector() as a graph, whose input has a fixed size."""
    tensors = {"w": ([18, 3, 32, 32], [0.0] * (18 * 3 * 32 * 32)), "b": ([18], [0.0, 0.0, 0.0, 0.0, 4.0, 3.0] + [-6.0] * 12)}
    head = {"name": "boxes", "op": "yolo_head", "inputs": ["cells"], "params": [], "anchors": 1, "classes": 13, "anchor_w": [24], "anchor_h": [24],
            "scale_x_y": 1, "net_w": 64, "net_h": 64, "kind": "yolo", "side": 0, "squared": False}
    write_graph(folder, name, [conv2d("cells", "data", ["w", "b"], 3, 18, 32, 32, 0), head], tensors, 64, None)


def write_pose(folder, name="tinypose", joints=17, **pose):
    """Writes one convolution, to maps of 16 x 12.  pose: other fields of the graph's `pose`"""
    tensors = {"w": ([joints, 3, 4, 4], weights(joints * 3 * 16)), "b": ([joints], [0.6] * joints)}
    write_graph(folder, name, [conv2d("maps", "data", ["w", "b"], 3, joints, 4, 4, 0)], tensors, pose={**POSE, "joints": joints, **pose})


def write_landmarks(folder, name="landmarks"):
    """Writes a network of BlazePose's outputs: a convolution for each."""
    nodes, tensors = [], {}
    for output, count, bias in (("places", 35 * 5, 32.0), ("presence", 1, 0.8), ("world", 99, 0.1)):
        tensors |= {output + ".w": ([count, 3, 64, 64], weights(count * 3 * 64 * 64, 100000)), output + ".b": ([count], [bias] * count)}
        nodes.append(conv2d(output, "data", [output + ".w", output + ".b"], 3, count, 64, 64, 0))
    pose = {"mean": [0, 0, 0], "std": [1, 1, 1], "joints": 33, "keypoints": "blazepose33", "crop": "aligned", "decode": "landmarks"}
    write_graph(folder, name, nodes, tensors, 64, pose, outputs=["places", "presence", "world"])


def write_simcc(folder, joints, name="simcc"):
    """Writes a SimCC head of two constants: the same keypoints in every crop."""
    bins = {"columns": 96, "rows": 128}
    tensors = {axis: ([count, 1, joints], weights(count * joints, 60)) for axis, count in bins.items()}
    nodes = [{"name": axis, "op": "constant", "inputs": [], "params": [axis], "channels": count, "height": 1, "width": joints} for axis, count in bins.items()]
    nodes.append({"name": "keypoints", "op": "simcc_head", "inputs": list(bins), "params": [], "net_w": 48, "net_h": 64})
    write_graph(folder, name, nodes, tensors, pose={**POSE, "joints": joints, "decode": "simcc"})


def write_deep_pose(folder, name="deeppose"):
    """Writes two convolutions; several kernels of a target can compute the second one."""
    tensors = {"w": ([32, 3, 4, 4], weights(32 * 3 * 16)), "b": ([32], [0.6] * 32), "v": ([17, 32, 3, 3], weights(17 * 32 * 9)), "c": ([17], [0.1] * 17)}
    convs = [conv2d("first", "data", ["w", "b"], 3, 32, 4, 4, 0), conv2d("maps", "first", ["v", "c"], 32, 17, 3, 1, 1)]
    write_graph(folder, name, convs, tensors)


def png(w, h, seed=1):
    """Writes a PNG of colored noise: all neighborhoods differ, so that no heatmap has two equal maxima."""
    rows = b""
    for y in range(h):
        rows += b"\0" + bytes((x * x * 7 + y * y * 13 + x * y * 3 + c * 50 + seed * 13) % 256 for x in range(w) for c in range(3))

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def npy(shape, values):
    """Writes a float32 .npy file."""
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {tuple(shape)}, }}"
    head += " " * (-(len(head) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + struct.pack(f"<{len(values)}f", *values)


def clip(frames, w=64, h=48):
    """Returns an uncompressed clip (YUV4MPEG2) of 25 frames per second, in which a pattern moves."""
    data = f"YUV4MPEG2 W{w} H{h} F25:1 Ip A1:1 C420jpeg\n".encode()
    for f in range(frames):
        luma = bytes((x * x * 7 + y * 13 + x * y * 3 + 2 * f) % 256 for y in range(h) for x in range(w))
        data += b"FRAME\n" + luma + bytes([128]) * ((w + 1) // 2 * ((h + 1) // 2) * 2)
    return data
