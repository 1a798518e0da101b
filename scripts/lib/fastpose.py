# The tensors of AlphaPose's pose networks: ResNets with upsampling heads (docs/spec.md, sections 6 and 21).
# SPDX-License-Identifier: MIT

import dataclasses

from lib.problem import Problem, excerpt

BLOCKS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
HEADS = ("duc", "stages", "deconv")  # PoseHead of nets/fastpose.h


@dataclasses.dataclass(frozen=True)
class Form:
    """The same fields as FastPoseOptions of nets/fastpose.h."""

    depth: int = 101
    heatmaps: int = 33
    width: int = 64
    squeeze: bool = True
    unshuffle: bool = False
    head: str = "duc"
    last: int = 128  # of duc
    convs: tuple = (4, 2, 1)  # of stages
    deconvs: tuple = (256, 256, 256)  # of deconv


def form_of(path, state):
    """Returns the form of a state dict: name -> array.  The shapes of most tensors are not looked at."""
    for name in state:
        if "conv2_offset" in name or "conv_offset" in name:
            raise Problem(f"{path}: expected convolutions without offsets, found {excerpt(name)}: networks with DCN in their name are not supported")

    def side(name, axis=0):
        if name not in state or state[name].ndim <= axis:
            raise Problem(f"{path}: expected the tensors of FastPose, found no {name}")
        return state[name].shape[axis]

    head = "deconv" if "final_layer.weight" in state else "stages" if "duc1.1.weight" in state else "duc"
    counts = [sum(f"duc{i}.{3 * k + 1}.weight" in state for k in range(16)) for i in (1, 2, 3)]
    return Form(
        depth=152 if "preact.layer2.7.conv1.weight" in state else 101 if "preact.layer3.22.conv1.weight" in state else 50,
        heatmaps=side("final_layer.weight" if head == "deconv" else "conv_out.weight"),
        width=side("preact.conv1.weight"),
        squeeze="preact.layer1.0.se.fc.0.weight" in state,
        unshuffle="preact.layer2.0.conv2.1.weight" in state,
        head=head,
        last=side("conv_out.weight", 1) if head == "duc" else Form.last,
        convs=tuple(counts) if head == "stages" else Form.convs,
        deconvs=tuple(side(f"deconv_layers.{3 * i}.weight", 1) for i in range(3)) if head == "deconv" else Form.deconvs,
    )


class _Shapes:
    """Collects name -> shape."""

    def __init__(self):
        self.out = {}

    def conv(self, name, out_c, in_c, kernel):
        self.out[name + ".weight"] = (out_c, in_c, kernel, kernel)

    def dense(self, name, out_c, in_c):
        self.out[name + ".weight"] = (out_c, in_c)
        self.out[name + ".bias"] = (out_c,)

    def norm(self, name, c):
        for part in ("weight", "bias", "running_mean", "running_var"):
            self.out[f"{name}.{part}"] = (c,)

    def block(self, name, in_c, planes, stride, first, form):
        self.conv(name + ".conv1", planes, in_c, 1)
        self.norm(name + ".bn1", planes)
        if form.unshuffle and stride == 2:
            self.conv(name + ".conv2.1", planes, 4 * planes, 3)
        else:
            self.conv(name + ".conv2", planes, planes, 3)
        self.norm(name + ".bn2", planes)
        self.conv(name + ".conv3", 4 * planes, planes, 1)
        self.norm(name + ".bn3", 4 * planes)
        if first:
            if form.squeeze:
                self.dense(name + ".se.fc.0", 4 * planes, 4 * planes)
                self.dense(name + ".se.fc.2", 4 * planes, 4 * planes)
            self.conv(name + ".downsample.0", 4 * planes, in_c, 1)
            self.norm(name + ".downsample.1", 4 * planes)

    def stage(self, name, in_c, out_c, count):
        for k in range(count):
            made = out_c if k == count - 1 else in_c
            self.conv(f"{name}.{3 * k + 1}", made, in_c, 3)
            self.norm(f"{name}.{3 * k + 2}", made)
        return out_c


def tensors(form=Form()):
    """Returns name -> shape, in the order of the original's state dict."""
    shapes = _Shapes()
    shapes.conv("preact.conv1", form.width, 3, 7)
    shapes.norm("preact.bn1", form.width)
    c = form.width
    for stage, count in enumerate(BLOCKS[form.depth]):
        planes = form.width << stage
        for b in range(count):
            shapes.block(f"preact.layer{stage + 1}.{b}", c, planes, 2 if stage > 0 and b == 0 else 1, b == 0, form)
            c = 4 * planes
    if form.head == "duc":
        for name, in_c, out_c in (("duc1", c // 4, 4 * form.width), ("duc2", 4 * form.width, form.last)):
            shapes.conv(name + ".conv", 4 * out_c, in_c, 3)
            shapes.norm(name + ".bn", 4 * out_c)
        c = form.last
    elif form.head == "stages":
        for i, count in enumerate(form.convs):
            c = shapes.stage(f"duc{i + 1}", c // 4, form.width * (16 >> i), count)
    else:
        for i, out_c in enumerate(form.deconvs):
            shapes.out[f"deconv_layers.{3 * i}.weight"] = (c, out_c, 4, 4)
            shapes.norm(f"deconv_layers.{3 * i + 1}", out_c)
            c = out_c
    out = "final_layer" if form.head == "deconv" else "conv_out"
    shapes.conv(out, form.heatmaps, c, 1 if form.head == "deconv" else 3)
    shapes.out[out + ".bias"] = (form.heatmaps,)
    return shapes.out
