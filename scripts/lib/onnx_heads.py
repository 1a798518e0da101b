# Appends the decoding of keypoints or boxes to a converted network: heads whose raw output every framework decodes in its own code.
# SPDX-License-Identifier: MIT
"""Each function takes the model and returns the names of the nodes that become the network's outputs."""

import numpy as np

from lib.graph import act, window
from lib.onnx_values import NO_PAD, map_value
from lib.problem import Problem


def _fail(model, expected, found):
    raise Problem(f"{model.path}: expected {expected}, found {found}")


def simcc(model):
    """RTMPose and other networks with a SimCC head: outputs (n, keypoints, columns) and (n, keypoints, rows)."""
    outputs = model.outputs()
    shapes = [value.shape for value in outputs]
    if len(outputs) != 2 or any(len(shape) != 3 for shape in shapes) or shapes[0][:2] != shapes[1][:2]:
        _fail(model, "two outputs, keypoints x columns and keypoints x rows", shapes)
    _, h, w = model.input_chw
    head = model.graph.add("keypoints", "simcc_head", [value.node for value in outputs], (), {"net_w": w, "net_h": h})
    return [head], shapes[0][1]


def _head(model, name, level, kind, classes):
    """Adds the head of a map (n, c, h, w) and returns its name."""
    _, net_h, net_w = model.input_chw
    _, h, w = level.chw
    stride = {"anchor_w": [max(1.0, net_w / w)], "anchor_h": [max(1.0, net_h / h)]}
    fields = {"anchors": 1, "classes": classes, **stride, "scale_x_y": 1.0, "net_w": net_w, "net_h": net_h, "kind": kind, "side": 0, "squared": False}
    return model.graph.add(name, "yolo_head", [level.node], (), fields)


def _levels(model, name, value):
    """Returns the maps (n, c, h, w) that were flattened and joined into rows, or none."""
    levels = []
    for part in value.parts:
        if len(part.dims) != 3 or part.array is not None or len(part.dims[2]) != 2 or part.shape[1] != value.parts[0].shape[1]:
            return []
        sides = (part.dims[1], part.dims[2][:1], part.dims[2][1:])
        levels.append(model.layouts.relayout(part, sides, f"{model.path}: output {name}"))
    return levels


def yolox(model):
    """YOLOX: one output (n, boxes, 5 + classes), raw or decoded, or a map (n, 5 + classes, h, w) for each stride."""
    raw = model.raw_outputs()
    levels = [value for name, value in raw for value in _levels(model, name, value)]
    if all(len(value.dims) == 4 for _, value in raw):
        levels = model.outputs()
    if levels:
        if any(level.chw[0] < 6 for level in levels):
            _fail(model, "maps of at least 6 channels: x, y, width, height, objectness, classes", [level.shape for level in levels])
        return [_head(model, f"boxes{i}", level, "anchor_free", level.chw[0] - 5) for i, level in enumerate(levels)]
    rows = model.outputs()
    if len(rows) != 1 or len(rows[0].dims) != 3 or rows[0].shape[2] < 6:
        _fail(model, "one output (n, boxes, 5 + classes), or maps (n, 5 + classes, h, w)", [value.shape for value in rows])
    return [_head(model, "boxes", rows[0], "rows", rows[0].shape[2] - 5)]


def yolov8(model):
    """YOLOv8, YOLO11 and relatives: one output (n, 4 + classes, boxes), decoded."""
    raw = model.raw_outputs()
    shapes = [value.shape for _, value in raw]
    if len(raw) != 1 or len(shapes[0]) != 3 or not 5 <= shapes[0][1] < shapes[0][2]:
        _fail(model, "one output (n, 4 + classes, boxes)", shapes)
    value = raw[0][1]
    columns = model.layouts.relayout(value, (value.dims[1], (), value.dims[2]), f"{model.path}: output {raw[0][0]}")
    return [_head(model, "boxes", columns, "boxes", shapes[0][1] - 4)]


def rtmdet(model):
    """RTMDet: for each stride a map of classes, and a map of the distances to the four edges; first all of one kind, then all of the other."""
    outputs = model.outputs()
    half = len(outputs) // 2
    classes, distances = outputs[:half], outputs[half:]
    if half and classes[0].chw[0] == 4 and distances[0].chw[0] != 4:
        classes, distances = distances, classes
    fits = len(outputs) == 2 * half > 0 and all(len(value.dims) == 4 for value in outputs)
    if not fits or any(d.chw[0] != 4 or d.chw[1:] != c.chw[1:] or c.chw[0] != classes[0].chw[0] for c, d in zip(classes, distances)):
        _fail(model, "maps (n, classes, h, w) of every stride, then maps (n, 4, h, w) of the same", [value.shape for value in outputs])
    heads = []
    for i, (scores, edges) in enumerate(zip(classes, distances)):
        node = model.graph.by_name[scores.node]
        name = scores.node
        if not (node["op"] == "activation" and node["act"]["kind"] == "logistic"):
            name = model.graph.add(f"scores{i}", "activation", [scores.node], (), {"act": act("logistic")})
        joined = model.graph.add(f"level{i}", "concat", [edges.node, name], (), {})
        level = map_value(joined, (4 + scores.chw[0], *scores.chw[1:]))
        heads.append(_head(model, f"boxes{i}", level, "distances", scores.chw[0]))
    return heads


def pixels(model, name, channels, mean, std):
    """Adds a 1x1 convolution that turns our input, red, green and blue in 0 to 1, into what the network was trained on: (255 v - mean) / std, in the order
    `channels`, a text such as bgr.  Returns its name."""
    weight, bias = np.zeros((3, 3, 1, 1), np.float32), np.zeros(3, np.float32)
    for i, channel in enumerate(channels):
        weight[i, "rgb".index(channel)], bias[i] = 255 / std[i], -mean[i] / std[i]
    fields = {"in_c": 3, "out_c": 3, **window((1, 1), (1, 1), NO_PAD), "groups": 1, "bias": True}
    fields |= {"act": act(), "residual": False, "post": act()}
    return model.graph.add(f"{name}/pixels", "conv2d", [name], [("pixels.weight", weight), ("pixels.bias", bias)], fields)


DETECTORS = {  # preset -> (function, what the network was trained on or None for our input); sources: the configs of both
    "rtmdet": (rtmdet, ("bgr", (103.53, 116.28, 123.675), (57.375, 57.12, 58.395))),
    "yolov8": (yolov8, None),
    "yolox": (yolox, ("bgr", (0, 0, 0), (1, 1, 1))),
}
