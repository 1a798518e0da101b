# Fills a PyTorch module with weights: from a file in any of three formats, or generated.
# SPDX-License-Identifier: MIT

import os

import numpy as np
import torch
from torch import nn

from lib import generated_weights, safetensors_file, torch_file
from lib.problem import Problem, excerpt

NORM = (("gamma", "weight"), ("beta", "bias"), ("mean", "running_mean"), ("var", "running_var"))
FILE_ORDER = ("beta", "gamma", "mean", "var", "bias", "weight")  # order within one layer of a Darknet file


def parameters(module, darknet):
    """Returns [(name, role, tensor)] of convolutions, fully connected layers and batch norms, named like our graph's parameters."""
    out = []
    for name, part in module.named_modules():
        roles = NORM if isinstance(part, nn.BatchNorm2d) else (("weight", "weight"), ("bias", "bias"))
        if not isinstance(part, (nn.BatchNorm2d, nn.Conv2d, nn.Linear)):
            continue
        layer = name.removesuffix(".conv").removesuffix(".bn") if darknet else name
        out += [(f"{layer}.{role if darknet else key}", role, getattr(part, key)) for role, key in roles if getattr(part, key) is not None]
    return out


def read_darknet(path, module):
    """Reads a .weights file: a header, then the layers' float32 numbers, to the last byte."""
    layers = {}
    for name, role, tensor in parameters(module, True):
        layers.setdefault(name.rpartition(".")[0], []).append((FILE_ORDER.index(role), tensor))
    tensors = [tensor for layer in layers.values() for _, tensor in sorted(layer, key=lambda item: item[0])]
    with open(path, "rb") as file:
        version = np.frombuffer(file.read(12).ljust(12, b"\0"), "<i4")
        file.seek(20 if version[0] * 10 + version[1] >= 2 else 16)
        numbers = np.frombuffer(file.read(), np.uint8)
    expected = 4 * sum(tensor.numel() for tensor in tensors)
    if len(numbers) != expected:
        raise Problem(f"{path}: expected {expected} bytes of weights after the header, found {len(numbers)}")
    numbers, used = numbers.view("<f4"), 0
    for tensor in tensors:
        part, used = numbers[used : used + tensor.numel()], used + tensor.numel()
        tensor.detach().copy_(torch.from_numpy(part.reshape(tensor.shape).copy()))


def read_state(path):
    """Returns (name -> array, metadata) of a .safetensors file or of a file written by torch.save."""
    if path.endswith(".safetensors"):
        return safetensors_file.read(path)
    return torch_file.without_wrapper(path, torch_file.read_state_dict(path)), {}


def load_state(module, state, path):
    """Copies the tensors; missing and unexpected names are errors, except for the batch counts that batch norms keep for training."""
    wanted = {name: tensor for name, tensor in module.state_dict().items() if not name.endswith(".num_batches_tracked")}
    for name, tensor in wanted.items():
        if name not in state:
            raise Problem(f"{path}: {name}: expected a tensor {list(tensor.shape)}, found none of that name")
        if state[name].shape != tuple(tensor.shape):
            raise Problem(f"{path}: {name}: expected a tensor {list(tensor.shape)}, found {list(state[name].shape)}")
    for name in state:
        if name not in wanted:
            raise Problem(f"{path}: {excerpt(name)}: expected no such tensor, found one {list(state[name].shape)}")
    module.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in state.items()}, strict=False)


def read_file(path, module, darknet):
    if not os.path.isfile(path):
        raise Problem(f"{path}: expected a file of weights, found none")
    if darknet and path.endswith(".weights"):
        read_darknet(path, module)
    else:
        load_state(module, read_state(path)[0], path)


def generate(module, darknet, seed, statistics=None):
    """statistics: the file of those of the synthetic weights; None: random weights"""
    listed = parameters(module, darknet)
    specs = [(name, role, tuple(tensor.shape)) for name, role, tensor in listed]
    if statistics is None:
        arrays = generated_weights.random_weights(specs, seed)
    else:
        arrays = generated_weights.synthetic_weights(specs, seed, statistics, "yolo" if darknet else "pose")
    for name, _, tensor in listed:
        tensor.detach().copy_(torch.from_numpy(arrays[name].copy()))
