# The tensors of FastPose: SE-ResNet with a PixelShuffle and DUC head (docs/spec.md, section 6).
# SPDX-License-Identifier: MIT

BLOCKS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3)}


def tensors(depth=101, heatmaps=33, width=64):
    """Returns name -> shape, in the order of the original's state dict."""
    out = {}

    def conv(name, out_c, in_c, kernel):
        out[name + ".weight"] = (out_c, in_c, kernel, kernel)

    def dense(name, out_c, in_c):
        out[name + ".weight"] = (out_c, in_c)
        out[name + ".bias"] = (out_c,)

    def norm(name, c):
        for part in ("weight", "bias", "running_mean", "running_var"):
            out[f"{name}.{part}"] = (c,)

    def block(name, in_c, planes, first):
        for i, (out_c, c, kernel) in enumerate(((planes, in_c, 1), (planes, planes, 3), (4 * planes, planes, 1)), 1):
            conv(f"{name}.conv{i}", out_c, c, kernel)
            norm(f"{name}.bn{i}", out_c)
        if first:
            dense(name + ".se.fc.0", 4 * planes, 4 * planes)
            dense(name + ".se.fc.2", 4 * planes, 4 * planes)
            conv(name + ".downsample.0", 4 * planes, in_c, 1)
            norm(name + ".downsample.1", 4 * planes)

    conv("preact.conv1", width, 3, 7)
    norm("preact.bn1", width)
    in_c = width
    for stage, count in enumerate(BLOCKS[depth], 1):
        planes = width << (stage - 1)
        for b in range(count):
            block(f"preact.layer{stage}.{b}", in_c, planes, b == 0)
            in_c = 4 * planes
    c = in_c // 4  # after PixelShuffle(2)
    for duc in ("duc1", "duc2"):
        conv(duc + ".conv", 2 * c, c, 3)
        norm(duc + ".bn", 2 * c)
        c //= 2  # twice the channels, then shuffled
    conv("conv_out", heatmaps, c, 3)
    out["conv_out.bias"] = (heatmaps,)
    return out
