# The activations of graph files (ops/activation/act.h) as PyTorch functions of (x, slope).
# SPDX-License-Identifier: MIT

import torch
import torch.nn.functional as F

# Functions of (x, slope, in place), which the other ones never are.
COMMON = {
    "linear": lambda x, slope, inplace: x,
    "leaky": F.leaky_relu,
    "relu": lambda x, slope, inplace: F.relu(x, inplace),
    "relu6": lambda x, slope, inplace: F.relu6(x, inplace),
    "logistic": lambda x, slope, inplace: x.sigmoid_() if inplace else x.sigmoid(),
    "mish": lambda x, slope, inplace: F.mish(x, inplace),
    "swish": lambda x, slope, inplace: F.silu(x, inplace),
}


def _plse(x, slope):
    return torch.where(x < -4, 0.01 * (x + 4), torch.where(x > 4, 0.01 * (x - 4) + 1, 0.125 * x + 0.5))


def _stair(x, slope):
    n = x.floor()
    return torch.where(n % 2 == 0, (n / 2).floor(), (x - n) + (n / 2).floor())


OTHERS = {
    # Darknet's
    "tanh": lambda x, slope: torch.tanh(x),
    "elu": lambda x, slope: F.elu(x),
    "selu": lambda x, slope: torch.where(x < 0, 1.0507 * 1.6732 * torch.expm1(x), 1.0507 * x),
    "gelu": lambda x, slope: 0.5 * x * (1 + torch.tanh(0.797885 * x + 0.035677 * x**3)),
    "loggy": lambda x, slope: 2 * torch.sigmoid(x) - 1,
    "ramp": lambda x, slope: F.relu(x) + 0.1 * x,
    "hard_mish": lambda x, slope: torch.where(x > 0, x, torch.where(x > -2, x * x / 2 + x, torch.zeros_like(x))),
    "hardtan": lambda x, slope: F.hardtanh(x),
    "lhtan": lambda x, slope: torch.where(x < 0, 0.001 * x, torch.where(x > 1, 0.001 * (x - 1) + 1, x)),
    "plse": _plse,
    "stair": _stair,
    # ONNX's
    "hard_sigmoid": lambda x, slope: (slope * x + 0.5).clamp(0, 1),
    "hard_swish": lambda x, slope: x * (slope * x + 0.5).clamp(0, 1),
    "gelu_erf": lambda x, slope: F.gelu(x),
    "erf": lambda x, slope: torch.erf(x),
    "exp": lambda x, slope: torch.exp(x),
    "sqrt": lambda x, slope: torch.sqrt(x),
}
KINDS = {*COMMON, *OTHERS}


def apply(act, y, inplace=True):
    kind, slope = act["kind"], act["slope"]
    return COMMON[kind](y, slope, inplace) if kind in COMMON else OTHERS[kind](y, slope)
