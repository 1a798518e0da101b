# A Darknet cfg as a PyTorch module, for comparisons: it shares no code with our reader of such files.
# SPDX-License-Identifier: MIT
"""Layer N is the module yolo.N: the names are those of our graph's nodes.  Keys have Darknet's meaning (src/parser.c of github.com/AlexeyAB/darknet)."""

from torch import nn

from lib import torch_darknet_layers as layers
from lib.problem import Problem, excerpt, reason

# Keys that would change what a layer computes, with the only value that is supported here.
FIXED = {"dilation": 1, "temperature": 1, "scale_wh": 0, "new_coords": 0, "antialiasing": 0, "reverse": 0, "flatten": 0, "scale": 1}


class Section:
    """keys: name -> text"""

    def __init__(self, name, place):
        self.name, self.place, self.keys = name, place, {}

    def fail(self, expected, found):
        raise Problem(f"{self.place}: [{self.name}] expected {expected}, found {excerpt(found)}")

    def numbers(self, key, kind=int):
        try:
            return [kind(part) for part in self.keys.get(key, "").split(",") if part.strip()]
        except ValueError:
            self.fail(f"numbers after {key}", self.keys[key])

    def number(self, key, fallback=None, kind=int):
        values = self.numbers(key, kind) or ([] if fallback is None else [fallback])
        if len(values) != 1:
            self.fail(f"one number after {key}", self.keys.get(key, "none"))
        return values[0]

    def activation(self, fallback):
        name = self.keys.get("activation", fallback)
        if name not in layers.ACTIVATIONS:
            self.fail(f"an activation out of {', '.join(layers.ACTIVATIONS)}", name)
        return name

    def strides(self):
        stride = self.number("stride", 1)
        return self.number("stride_y", stride), self.number("stride_x", stride)


def sections_of(path):
    sections = []
    with open(path, encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            line = line.split("#")[0].split(";")[0].strip()
            key, equals, value = (part.strip() for part in line.partition("="))
            if line.startswith("["):
                sections.append(Section(line.strip("[]"), f"{path}:{number}"))
            elif line and (not equals or not sections):
                raise Problem(f"{path}:{number}: expected a section or key=value, found {excerpt(line)}")
            elif line:
                sections[-1].keys[key] = value
    if len(sections) < 2 or sections[0].name not in ("net", "network"):
        raise Problem(f"{path}: expected [net] and layers after it, found {[section.name for section in sections][:3]}")
    return sections


class Builder:
    """Each method makes the module of a section and returns its inputs and its number of channels.  channels: of every layer so far"""

    def __init__(self, net, zero_padded, inp_dim):
        self.zero_padded, self.channels = zero_padded, []
        self.net_size = (inp_dim or net.number("height"), inp_dim or net.number("width"))
        self.input_channels = net.number("channels")

    def of(self, source):
        return self.channels[source] if source >= 0 else self.input_channels

    def sources(self, section, key):
        here = len(self.channels)
        found = [n + here if n < 0 else n for n in section.numbers(key)]
        if not found or not all(0 <= n < here for n in found):
            section.fail(f"earlier layers after {key}", section.keys.get(key, "none"))
        return found

    def convolutional(self, section, last):
        act, size, out = section.activation("logistic"), section.number("size", 1), section.number("filters")
        pad = size // 2 if section.number("pad", 0) else section.number("padding", 0)
        norm = section.number("batch_normalize", 0) == 1
        conv = nn.Conv2d(self.of(last), out, size, section.strides(), pad, groups=section.number("groups", 1), bias=not norm)
        plain = not norm and act == "linear"
        return conv if plain else layers.Convolutional(conv, nn.BatchNorm2d(out) if norm else None, act), [last], out

    def maxpool(self, section, last):
        size, strides = section.number("size", section.number("stride", 1)), section.strides()
        both = section.number("padding", size - 1)
        before, after, outside = both // 2, both - both // 2, float("-inf")
        if self.zero_padded and strides == (1, 1):
            before, after, outside = (size - 1) // 2, (size - 1) // 2, 0.0
        return layers.MaxPool(size, strides, before, after, outside), [last], self.of(last)

    def avgpool(self, _section, last):
        return layers.GlobalMean(), [last], self.of(last)

    def upsample(self, section, last):
        return nn.Upsample(scale_factor=section.number("stride", 2)), [last], self.of(last)

    def dropout(self, _section, last):
        return nn.Identity(), [last], self.of(last)

    def softmax(self, section, last):
        if section.number("groups", 1) != 1:
            section.fail("groups=1", section.keys["groups"])
        return nn.Softmax(1), [last], self.of(last)

    def route(self, section, _last):
        sources, groups = self.sources(section, "layers"), section.number("groups", 1)
        counts = [self.of(source) // groups for source in sources]
        if groups == 1:
            return layers.Route(), sources, sum(counts)
        slices = [layers.Slice(count * section.number("group_id", 0), count) for count in counts]
        return slices[0] if len(slices) == 1 else layers.Route(slices), sources, sum(counts)

    def shortcut(self, section, last):
        sources = self.sources(section, "from")
        return layers.Shortcut(len(sources), section.activation("linear")), [last, *sources], self.of(last)

    def scale_channels(self, section, last):
        sources, act = self.sources(section, "from"), section.activation("linear")
        module = layers.Scale() if act == "linear" else layers.ScaleChannels(act)
        return module, [last, sources[0]], self.of(sources[0])

    def yolo(self, section, last):
        sides = section.numbers("anchors", float)
        pairs = list(zip(sides[::2], sides[1::2]))
        mask = section.numbers("mask") or range(len(pairs))
        if not all(0 <= n < len(pairs) for n in mask):
            section.fail(f"a mask of the {len(pairs)} anchors", section.keys.get("mask"))
        anchors, classes = [pairs[n] for n in mask], section.number("classes", 20)
        return layers.Yolo(anchors, classes, section.number("scale_x_y", 1.0, float), self.net_size), [last], len(anchors) * (5 + classes)

    KINDS = (convolutional, maxpool, avgpool, upsample, dropout, softmax, route, shortcut, scale_channels, yolo)


class Darknet(nn.Module):
    """Returns the results of the yolo layers or, where there are none, that of the last layer.

    zero_padded: max-pools of stride 1 see zeros around the map, as AlphaPose's do, instead of no values.  inp_dim: side of the input, 0: the cfg's"""

    def __init__(self, path, zero_padded=False, inp_dim=0):
        super().__init__()
        net, *sections = sections_of(path)
        builder = Builder(net, zero_padded, inp_dim)
        kinds = {kind.__name__: kind for kind in Builder.KINDS}
        self.yolo, self.sources = nn.ModuleList(), []
        for i, section in enumerate(sections):
            if section.name not in kinds:
                section.fail(f"a section out of {', '.join(kinds)}", section.name)
            for key, value in FIXED.items():
                if section.number(key, value, float) != value:
                    section.fail(f"{key}={value}", section.keys[key])
            try:
                module, sources, channels = kinds[section.name](builder, section, i - 1)
            except (ValueError, RuntimeError, ZeroDivisionError) as error:  # numbers that are invalid for a layer
                raise Problem(f"{section.place}: [{section.name}] expected a layer that PyTorch can make, found {reason(error)}") from None
            builder.channels.append(channels)
            self.yolo.append(module)
            self.sources.append(sources)
        self.input_shape = (builder.input_channels, *builder.net_size)
        heads = [i for i, section in enumerate(sections) if section.name == "yolo"]
        self.heads = heads or [len(sections) - 1]
        self.last_use = {source: i for i, sources in enumerate(self.sources) for source in sources}

    def forward(self, x):
        values, heads = {-1: x}, []
        for i, (module, sources) in enumerate(zip(self.yolo, self.sources)):
            values[i] = module(*(values[source] for source in sources))
            if i in self.heads:
                heads.append(values[i])
            for source in {*sources, i}:
                if self.last_use.get(source, i) == i:
                    del values[source]
        return heads
