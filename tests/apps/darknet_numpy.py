# A second implementation of Darknet's layers, in NumPy and float64, as the judge of the programs.
# SPDX-License-Identifier: MIT
"""Net(cfg, seed).run(x) draws random weights in the order of a .weights file, and returns the value of every layer.

Formulas are those of Darknet's documentation and sources (github.com/AlexeyAB/darknet), one layer at a time on [c, h, w] arrays.  Heads return rows
[boxes, 5 + classes] in pixels of the input."""

import struct

import numpy as np


def sections_of(text):
    sections = []
    for line in text.splitlines():
        line = line.split("#")[0].replace(" ", "")
        if line.startswith("["):
            sections.append((line[1:-1], {}))
        elif line:
            key, value = line.split("=", 1)
            sections[-1][1].setdefault(key, value)
    return sections


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x, axis=0):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def gelu(x):
    return 0.5 * x * (1 + np.tanh(0.797885 * x + 0.035677 * x**3))


def stair(x):
    n = np.floor(x)
    return np.floor(x / 2) + np.where(n % 2 == 0, 0, x - n)


ACTIVATIONS = {
    "linear": lambda x: x, "leaky": lambda x: np.where(x > 0, x, 0.1 * x), "revleaky": lambda x: np.where(x > 0, x, 0.1 * x),
    "relie": lambda x: np.where(x > 0, x, 0.01 * x), "relu": lambda x: np.maximum(x, 0), "relu6": lambda x: np.clip(x, 0, 6), "logistic": sigmoid,
    "mish": lambda x: x * np.tanh(np.log1p(np.exp(x))), "swish": lambda x: x * sigmoid(x), "tanh": np.tanh,
    "elu": lambda x: np.where(x < 0, np.expm1(x), x), "selu": lambda x: np.where(x < 0, 1.0507 * 1.6732 * np.expm1(x), 1.0507 * x), "gelu": gelu,
    "loggy": lambda x: 2 * sigmoid(x) - 1, "ramp": lambda x: x * (x > 0) + 0.1 * x, "hardtan": lambda x: np.clip(x, -1, 1),
    "hard_mish": lambda x: np.where(x > 0, x, np.where(x > -2, x * x / 2 + x, 0)), "stair": stair,
    "lhtan": lambda x: np.where(x < 0, 0.001 * x, np.where(x > 1, 0.001 * (x - 1) + 1, x)),
    "plse": lambda x: np.where(x < -4, 0.01 * (x + 4), np.where(x > 4, 0.01 * (x - 4) + 1, 0.125 * x + 0.5)),
}


def windows(x, size, stride, before, after, fill):
    """Returns [c, h, w, size, size]."""
    padded = np.pad(x, ((0, 0), (before, after), (before, after)), constant_values=fill)
    return np.lib.stride_tricks.sliding_window_view(padded, (size, size), (1, 2))[:, ::stride, ::stride]


def blurred(x, kind, stride):
    """Darknet's antialiasing: a convolution of every channel with fixed weights."""
    taps = np.array([1, 1]) / 2 if kind == 2 else np.array([1, 2, 1]) / 4
    pad = 0 if kind == 2 else 1
    return np.einsum("chwij,i,j->chw", windows(x, len(taps), stride, pad, pad, 0), taps, taps)


class Net:
    def __init__(self, cfg, seed=1):
        self.sections = sections_of(cfg)
        self.random = np.random.default_rng(seed)
        self.floats = []
        self.connected_weights = {}  # index into floats -> [outputs, inputs]

    def draw(self, count, low=-1.0, high=1.0):
        values = self.random.uniform(low, high, count).astype(np.float32)
        self.floats.append(values)
        return values.astype(np.float64)

    def weights_file(self, transposed=False):
        """Returns the bytes of a .weights file with the values that run() drew.  transposed: of a version with transposed fully connected layers"""
        header = struct.pack("<iiii", 1001, 0, 0, 0) if transposed else struct.pack("<iiiq", 0, 2, 5, 0)
        floats = [self.connected_weights[i].T.ravel() if transposed and i in self.connected_weights else v for i, v in enumerate(self.floats)]
        return header + np.concatenate([np.zeros(0, np.float32), *floats]).tobytes()

    def run(self, x):
        name, net = self.sections[0]
        assert name in ("net", "network")
        self.w, self.h = int(net["width"]), int(net["height"])
        self.values, value = [], x.astype(np.float64)
        for name, keys in self.sections[1:]:
            self.keys = keys
            value = getattr(self, name)(value)
            self.values.append(value)
        return self.values

    def number(self, key, usual):
        return int(self.keys.get(key, usual))

    def act(self, usual, x):
        return ACTIVATIONS[self.keys.get("activation", usual)](x)

    def others(self, key):
        return [self.values[int(i)] for i in self.keys[key].split(",") if i]

    def norm_values(self, channels):
        """Draws scales, means and variances."""
        return self.draw(channels, 0.5, 1.5), self.draw(channels, -0.2, 0.2), self.draw(channels, 0.5, 1.5)

    @staticmethod
    def normed(x, bias, scale, mean, variance):
        side = (-1, 1, 1)
        return (x - mean.reshape(side)) / np.sqrt(variance + 1e-5).reshape(side) * scale.reshape(side) + bias.reshape(side)

    def convolutional(self, x):
        filters, size, stride = self.number("filters", 1), self.number("size", 1), self.number("stride", 1)
        pad = size // 2 if self.number("pad", 0) else self.number("padding", 0)
        groups, blur = self.number("groups", 1), self.number("antialiasing", 0)
        bias = self.draw(filters)
        norm = self.norm_values(filters) if self.number("batch_normalize", 0) else None
        inner = x.shape[0] // groups
        reach = (3 / (inner * size * size)) ** 0.5
        weights = self.draw(filters * inner * size * size, -reach, reach).reshape(groups, filters // groups, inner, size, size)
        patches = windows(x, size, 1 if blur else stride, pad, pad, 0)
        patches = patches.reshape(groups, inner, *patches.shape[1:])
        y = np.einsum("gchwij,gocij->gohw", patches, weights)
        y = y.reshape(filters, *y.shape[2:])
        y = self.act("logistic", self.normed(y, bias, *norm) if norm else y + bias.reshape(-1, 1, 1))
        return blurred(y, blur, stride) if blur else y

    conv = convolutional

    def connected(self, x):
        count = self.number("output", 1)
        bias = self.draw(count)
        reach = (3 / x.size) ** 0.5
        weights = self.draw(count * x.size, -reach, reach).reshape(count, x.size)
        self.connected_weights[len(self.floats) - 1] = self.floats[-1].reshape(count, x.size)
        y = (weights @ x.reshape(-1)).reshape(count, 1, 1)
        norm = self.norm_values(count) if self.number("batch_normalize", 0) else None
        return self.act("logistic", self.normed(y, bias, *norm) if norm else y + bias.reshape(-1, 1, 1))

    conn = connected

    def local(self, x):
        count, size, pad = self.number("filters", 1), self.number("size", 1), self.number("pad", 0)
        patches = windows(x, size, 1, pad, pad, 0)
        h, w = patches.shape[1:3]
        bias = self.draw(count * h * w).reshape(count, h, w)
        inner = x.shape[0] * size * size
        reach = (3 / inner) ** 0.5
        weights = self.draw(h * w * count * inner, -reach, reach).reshape(h, w, count, x.shape[0], size, size)
        return self.act("logistic", np.einsum("chwij,hwocij->ohw", patches, weights) + bias)

    def batchnorm(self, x):
        return self.normed(x, self.draw(x.shape[0]), *self.norm_values(x.shape[0]))

    def activation(self, x):
        return self.act("linear", x)

    def pool_windows(self, x, fill, stride):
        size = self.number("size", self.number("stride", 1))
        padding = self.number("padding", size - 1)
        return windows(x, size, stride, padding // 2, padding - padding // 2, fill)

    def maxpool(self, x):
        blur, stride = self.number("antialiasing", 0), self.number("stride", 1)
        y = self.pool_windows(x, -np.inf, 1 if blur else stride).max(axis=(3, 4))
        return blurred(y, blur, stride) if blur else y

    max = maxpool

    def local_avgpool(self, x):
        return np.nanmean(self.pool_windows(x, np.nan, self.number("stride", 1)), axis=(3, 4))

    local_avg = local_avgpool

    def avgpool(self, x):
        return x.mean(axis=(1, 2), keepdims=True)

    avg = avgpool

    def upsample(self, x):
        factor = self.number("stride", 2)
        return x.repeat(factor, 1).repeat(factor, 2)

    @staticmethod
    def space_to_depth(x, s):
        c, h, w = x.shape
        return x.reshape(c, h // s, s, w // s, s).transpose(2, 4, 0, 1, 3).reshape(s * s * c, h // s, w // s)

    def reorg3d(self, x):
        return self.space_to_depth(x, self.number("stride", 1))

    def reorg(self, x):
        s = self.number("stride", 1)
        c, h, w = x.shape
        return self.space_to_depth(x.reshape(c // (s * s), h * s, w * s), s).reshape(c * s * s, h // s, w // s)

    def crop(self, x):
        h, w = self.number("crop_height", 1), self.number("crop_width", 1)
        top, left = (x.shape[1] - h) // 2, (x.shape[2] - w) // 2
        y = x[:, top : top + h, left : left + w]
        return y if self.number("noadjust", 0) else 2 * y - 1

    def route(self, x):
        groups, group = self.number("groups", 1), self.number("group_id", 0)
        return np.concatenate([np.split(y, groups)[group] for y in self.others("layers")])

    def shortcut(self, x):
        y = x.copy()
        for other in self.others("from"):
            c, step = min(len(y), len(other)), other.shape[1] // y.shape[1]
            y[:c] += other[:c, ::step, ::step]
        return self.act("linear", y)

    def sam(self, x):
        return self.act("linear", x * self.others("from")[0])

    scale_channels = sam

    def dropout(self, x):
        return x

    empty = contrastive = cost = dropout

    def softmax(self, x):
        x = x / float(self.keys.get("temperature", 1))
        if self.number("spatial", 0):
            return softmax(x)
        groups = self.number("groups", 1)
        return softmax(x.reshape(groups, -1), 1).reshape(-1, 1, 1)

    soft = softmax

    def anchors(self):
        return np.array([float(v) for v in self.keys["anchors"].split(",") if v]).reshape(-1, 2)

    def mask(self):
        return [int(i) for i in self.keys["mask"].split(",")] if "mask" in self.keys else list(range(self.number("num", 1)))

    def boxes_of(self, x, anchors, attributes):
        """Returns [h, w, anchors, attributes], and the column and row of every cell."""
        _, h, w = x.shape
        return x.reshape(len(anchors), attributes, h, w).transpose(2, 3, 0, 1), np.arange(w).reshape(1, w, 1), np.arange(h).reshape(h, 1, 1)

    def rows(self, px, py, pw, ph, scores):
        box = np.stack([px * self.w, py * self.h, pw, ph], axis=-1)
        return np.concatenate([box, scores], axis=-1).reshape(-1, 4 + scores.shape[-1])

    def yolo(self, x):
        anchors, classes, scale = self.anchors()[self.mask()], self.number("classes", 20), float(self.keys.get("scale_x_y", 1))
        b, col, row = self.boxes_of(x, anchors, 5 + classes)
        h, w = x.shape[1:]
        new = self.number("new_coords", 0)
        xy = (b[..., :2] if new else sigmoid(b[..., :2])) * scale - (scale - 1) / 2
        wh = (2 * b[..., 2:4]) ** 2 if new else np.exp(b[..., 2:4])
        scores = b[..., 4:] if new else sigmoid(b[..., 4:])
        return self.rows((xy[..., 0] + col) / w, (xy[..., 1] + row) / h, wh[..., 0] * anchors[:, 0], wh[..., 1] * anchors[:, 1], scores)

    def Gaussian_yolo(self, x):
        anchors, classes, scale = self.anchors()[self.mask()], self.number("classes", 20), float(self.keys.get("scale_x_y", 1))
        b, col, row = self.boxes_of(x, anchors, 9 + classes)
        h, w = x.shape[1:]
        xy = sigmoid(b[..., [0, 2]]) * scale - (scale - 1) / 2
        certain = 1 - sigmoid(b[..., [1, 3, 5, 7]]).mean(axis=-1, keepdims=True)
        scores = sigmoid(b[..., 8:])
        scores[..., 1:] *= certain
        return self.rows((xy[..., 0] + col) / w, (xy[..., 1] + row) / h, np.exp(b[..., 4]) * anchors[:, 0], np.exp(b[..., 6]) * anchors[:, 1], scores)

    def region(self, x):
        anchors, classes = self.anchors()[: self.number("num", 1)], self.number("classes", 20)
        b, col, row = self.boxes_of(x, anchors, 5 + classes)
        h, w = x.shape[1:]
        classes = b[..., 5:] if "tree" in self.keys else softmax(b[..., 5:], -1)
        scores = np.concatenate([sigmoid(b[..., 4:5]), classes], axis=-1)
        width, height = np.exp(b[..., 2]) * anchors[:, 0] / w * self.w, np.exp(b[..., 3]) * anchors[:, 1] / h * self.h
        return self.rows((sigmoid(b[..., 0]) + col) / w, (sigmoid(b[..., 1]) + row) / h, width, height, scores)

    def detection(self, x):
        side, num, classes = self.number("side", 7), self.number("num", 1), self.number("classes", 1)
        cells = side * side
        flat = x.reshape(-1)
        of_class = flat[: cells * classes].reshape(side, side, 1, classes).repeat(num, 2)
        objectness = flat[cells * classes : cells * (classes + num)].reshape(side, side, num, 1)
        box = flat[cells * (classes + num) :].reshape(side, side, num, 4)
        size = box[..., 2:] ** (2 if self.number("sqrt", 0) else 1)
        cols, rows = np.arange(side).reshape(1, side, 1), np.arange(side).reshape(side, 1, 1)
        scores = np.concatenate([objectness, of_class], axis=-1)
        return self.rows((box[..., 0] + cols) / side, (box[..., 1] + rows) / side, size[..., 0] * self.w, size[..., 1] * self.h, scores)
