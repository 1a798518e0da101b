# Networks as PyTorch modules with random weights, for exports to ONNX: published structures, written from their papers and configs.
# SPDX-License-Identifier: MIT

import torch
from torch import nn
from torch.nn import functional as F


def conv(in_c, out_c, kernel, stride=1, groups=1, act=nn.SiLU):
    norm = nn.BatchNorm2d(out_c, eps=1e-3)
    return nn.Sequential(nn.Conv2d(in_c, out_c, kernel, stride, kernel // 2, groups=groups, bias=False), norm, act())


def separable(in_c, out_c, kernel, stride=1):
    return nn.Sequential(conv(in_c, in_c, kernel, stride, in_c), conv(in_c, out_c, 1))


class Block(nn.Module):
    """A bottleneck of CSP layers: 1x1 then 3x3 of YOLOX (made by `three`), or 3x3 then a separable 5x5 of CSPNeXt."""

    def __init__(self, c, shortcut, next_kind, three):
        super().__init__()
        self.layers = nn.Sequential(conv(c, c, 3), separable(c, c, 5)) if next_kind else nn.Sequential(conv(c, c, 1), three(c, c, 3))
        self.shortcut = shortcut

    def forward(self, x):
        return x + self.layers(x) if self.shortcut else self.layers(x)


class Csp(nn.Module):
    """Two branches, of which one has blocks; CSPNeXt weights their channels by attention."""

    def __init__(self, in_c, out_c, blocks, shortcut=True, next_kind=False, three=separable):
        super().__init__()
        half = out_c // 2
        self.main, self.short, self.last = conv(in_c, half, 1), conv(in_c, half, 1), conv(2 * half, out_c, 1)
        self.blocks = nn.Sequential(*(Block(half, shortcut, next_kind, three) for _ in range(blocks)))
        self.attention = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(2 * half, 2 * half, 1), nn.Hardsigmoid()) if next_kind else None

    def forward(self, x):
        joined = torch.cat([self.blocks(self.main(x)), self.short(x)], dim=1)
        return self.last(joined if self.attention is None else joined * self.attention(joined))


class Spp(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.first, self.last = conv(c, c // 2, 1), conv(c // 2 * 4, c, 1)
        self.pools = nn.ModuleList(nn.MaxPool2d(k, 1, k // 2) for k in (5, 9, 13))

    def forward(self, x):
        x = self.first(x)
        return self.last(torch.cat([x, *(pool(x) for pool in self.pools)], dim=1))


def cspnext(width, blocks):
    """CSPNeXt of RTMDet (arXiv:2212.07784)."""
    layers = [conv(3, width // 2, 3, 2), conv(width // 2, width // 2, 3), conv(width // 2, width, 3)]
    for i, count in enumerate(blocks):
        c, last = width * 2**i, i == len(blocks) - 1
        layers += [conv(c, 2 * c, 3, 2), *([Spp(2 * c)] if last else []), Csp(2 * c, 2 * c, count, not last, True)]
    return nn.Sequential(*layers)


class ScaleNorm(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.scale, self.g = dim**-0.5, nn.Parameter(torch.ones(1))

    def forward(self, x):
        norm = torch.norm(x, dim=2, keepdim=True) * self.scale
        return x / norm.clamp(min=1e-5) * self.g


class GatedAttention(nn.Module):
    """The gated attention unit of RTMPose."""

    def __init__(self, dim=256, s=128, expansion=2):
        super().__init__()
        self.e, self.s = dim * expansion, s
        self.norm, self.uv, self.out = ScaleNorm(dim), nn.Linear(dim, 2 * self.e + s, bias=False), nn.Linear(self.e, dim, bias=False)
        self.gamma, self.beta = nn.Parameter(torch.rand(2, s)), nn.Parameter(torch.rand(2, s))
        self.res_scale = nn.Parameter(torch.ones(dim))

    def forward(self, x):
        u, v, base = torch.split(F.silu(self.uv(self.norm(x))), [self.e, self.e, self.s], dim=2)
        base = base.unsqueeze(2) * self.gamma[None, None, :] + self.beta
        q, k = torch.unbind(base, dim=2)
        kernel = torch.square(F.relu(torch.bmm(q, k.permute(0, 2, 1)) / self.s**0.5))
        return x * self.res_scale + self.out(u * torch.bmm(kernel, v))


RTMPOSE = {"t": (24, (1, 1, 1, 1)), "s": (32, (1, 2, 2, 1)), "m": (48, (2, 4, 4, 2))}  # width and blocks of the backbone


class RtmPose(nn.Module):
    """RTMPose (arXiv:2303.07399): CSPNeXt and the SimCC head, for crops of 192 x 256."""

    def __init__(self, size="t", joints=17, w=192, h=256):
        super().__init__()
        pixels, (width, blocks) = (w // 32) * (h // 32), RTMPOSE[size]
        self.backbone, self.final = cspnext(width, blocks), nn.Conv2d(16 * width, joints, 7, 1, 3)
        self.mlp, self.gau = nn.Sequential(ScaleNorm(pixels), nn.Linear(pixels, 256, bias=False)), GatedAttention()
        self.columns, self.rows = nn.Linear(256, 2 * w, bias=False), nn.Linear(256, 2 * h, bias=False)

    def forward(self, x):
        x = self.gau(self.mlp(self.final(self.backbone(x)).flatten(2)))
        return self.columns(x), self.rows(x)


class Focus(nn.Module):
    def __init__(self, out_c):
        super().__init__()
        self.conv = conv(12, out_c, 3)

    def forward(self, x):
        return self.conv(torch.cat([x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2], x[..., 1::2, 1::2]], dim=1))


class YoloxHead(nn.Module):
    def __init__(self, in_c, c, classes, three):
        super().__init__()
        self.stem = conv(in_c, c, 1)
        self.of_class, self.of_box = (nn.Sequential(three(c, c, 3), three(c, c, 3)) for _ in range(2))
        self.classes, self.box, self.objectness = nn.Conv2d(c, classes, 1), nn.Conv2d(c, 4, 1), nn.Conv2d(c, 1, 1)

    def forward(self, x):
        x = self.stem(x)
        of_box = self.of_box(x)
        return torch.cat([self.box(of_box), self.objectness(of_box).sigmoid(), self.classes(self.of_class(x)).sigmoid()], dim=1)


class Yolox(nn.Module):
    """YOLOX (arXiv:2107.08430) of depth 0.33: nano has 16 channels at first and depthwise convolutions, tiny 24 and plain ones.
    decode: as with decode_in_inference"""

    def __init__(self, size="nano", classes=80, decode=False):
        super().__init__()
        c, three = {"nano": (16, separable), "tiny": (24, conv)}[size]

        def csp(in_c, out_c, blocks, shortcut=False):
            return Csp(in_c, out_c, blocks, shortcut, three=three)

        self.stem, self.decode = Focus(c), decode
        self.dark2 = nn.Sequential(three(c, 2 * c, 3, 2), csp(2 * c, 2 * c, 1, True))
        self.dark3 = nn.Sequential(three(2 * c, 4 * c, 3, 2), csp(4 * c, 4 * c, 3, True))
        self.dark4 = nn.Sequential(three(4 * c, 8 * c, 3, 2), csp(8 * c, 8 * c, 3, True))
        self.dark5 = nn.Sequential(three(8 * c, 16 * c, 3, 2), Spp(16 * c), csp(16 * c, 16 * c, 1))
        self.lateral, self.reduce = conv(16 * c, 8 * c, 1), conv(8 * c, 4 * c, 1)
        self.p4, self.p3 = csp(16 * c, 8 * c, 1), csp(8 * c, 4 * c, 1)
        self.down3, self.down4 = three(4 * c, 4 * c, 3, 2), three(8 * c, 8 * c, 3, 2)
        self.n3, self.n4 = csp(8 * c, 8 * c, 1), csp(16 * c, 16 * c, 1)
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        self.heads = nn.ModuleList(YoloxHead(k * c, 4 * c, classes, three) for k in (4, 8, 16))

    def forward(self, x):
        c3 = self.dark3(self.dark2(self.stem(x)))
        c4 = self.dark4(c3)
        fpn5 = self.lateral(self.dark5(c4))
        fpn4 = self.reduce(self.p4(torch.cat([self.up(fpn5), c4], dim=1)))
        pan3 = self.p3(torch.cat([self.up(fpn4), c3], dim=1))
        pan4 = self.n3(torch.cat([self.down3(pan3), fpn4], dim=1))
        pan5 = self.n4(torch.cat([self.down4(pan4), fpn5], dim=1))
        levels = [head(pan) for head, pan in zip(self.heads, (pan3, pan4, pan5))]
        out = torch.cat([level.flatten(2) for level in levels], dim=2).permute(0, 2, 1)
        return self.decoded(out, [level.shape[-2:] for level in levels], x.shape[-1]) if self.decode else out

    def decoded(self, out, sizes, side):
        grids, strides = [], []
        for h, w in sizes:
            ys, xs = torch.meshgrid(torch.arange(int(h)), torch.arange(int(w)), indexing="ij")
            grids.append(torch.stack((xs, ys), 2).view(1, -1, 2).float())
            strides.append(torch.full((1, int(h) * int(w), 1), float(side) / float(w)))
        grids, strides = torch.cat(grids, dim=1), torch.cat(strides, dim=1)
        return torch.cat([(out[..., 0:2] + grids) * strides, torch.exp(out[..., 2:4]) * strides, out[..., 4:]], dim=-1)


class RtmDet(nn.Module):
    """The form of RTMDet's outputs: a map of classes for each stride, then a map of distances for each."""

    def __init__(self, classes=3):
        super().__init__()
        self.stem, self.down = nn.Sequential(conv(3, 16, 3, 4), conv(16, 16, 3, 2)), conv(16, 16, 3, 2)
        self.classes, self.edges = nn.Conv2d(16, classes, 1), nn.Conv2d(16, 4, 1)

    def forward(self, x):
        fine = self.stem(x)
        coarse = self.down(fine)
        return self.classes(fine), self.classes(coarse), self.edges(fine).exp() * 8, self.edges(coarse).exp() * 16


class Transformer(nn.Module):
    """A vision transformer (arXiv:2010.11929): class token, positions, blocks of attention and MLP with GELU."""

    def __init__(self, dim=48, heads=3, depth=2, size=32, patch=8):
        super().__init__()
        self.patches, self.heads = nn.Conv2d(3, dim, patch, patch), heads
        self.token, self.positions = nn.Parameter(torch.randn(1, 1, dim)), nn.Parameter(torch.randn(1, (size // patch) ** 2 + 1, dim) * 0.1)

        def norm():
            return nn.LayerNorm(dim)

        self.blocks = nn.ModuleList(
            nn.ModuleList([norm(), nn.Linear(dim, 3 * dim), nn.Linear(dim, dim), norm(), nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)])
            for _ in range(depth)
        )
        self.norm, self.head = nn.LayerNorm(dim), nn.Linear(dim, 10)

    def attend(self, x, qkv, out):
        n, length, dim = x.shape
        q, k, v = qkv(x).reshape(n, length, 3, self.heads, dim // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        scores = (q * (dim // self.heads) ** -0.5) @ k.transpose(-2, -1)
        return out((scores.softmax(dim=-1) @ v).transpose(1, 2).reshape(n, length, dim))

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], dim=1) + self.positions
        for norm1, qkv, out, norm2, up, down in self.blocks:
            x = x + self.attend(norm1(x), qkv, out)
            x = x + down(F.gelu(up(norm2(x))))
        return self.head(self.norm(x)[:, 0])


class Mixed(nn.Module):
    """What the others lack: HardSwish, ReLU6, PReLU, channel shuffle, bilinear resizing, transposed convolutions, pooling with ceil_mode, layer norm of
    channels, squeeze and excitation, dilation, GELU by tanh."""

    def __init__(self, c=16):
        super().__init__()
        self.a, self.b = conv(3, c, 3, 2, act=nn.Hardswish), conv(c, c, 3, 1, c, act=nn.ReLU6)
        self.prelu = nn.PReLU(c)
        self.squeeze = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(c, 4, 1), nn.ReLU(), nn.Conv2d(4, c, 1), nn.Hardsigmoid())
        self.dilated, self.norm = nn.Conv2d(c, c, 3, 1, 2, dilation=2), nn.LayerNorm(c)
        self.up, self.pool = nn.ConvTranspose2d(c, c, 4, 2, 1), nn.MaxPool2d(3, 2, ceil_mode=True)

    def forward(self, x):
        x = self.prelu(self.b(self.a(x)))
        x = x * self.squeeze(x)
        n, c, h, w = x.shape
        x = x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)
        x = self.norm(F.gelu(self.dilated(x)).permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        small = self.pool(x)
        large = F.interpolate(small, size=(h, w), mode="bilinear", align_corners=False)
        large = large + F.interpolate(small, size=(h, w), mode="bilinear", align_corners=True)
        x = F.elu(large) + F.pad(x, (1, 0, 1, 0))[..., :-1, :-1] - x.mean(dim=1, keepdim=True)
        return F.avg_pool2d(self.up(x), 3, 2, 1, count_include_pad=False).clamp(-1.5, 2.0)
