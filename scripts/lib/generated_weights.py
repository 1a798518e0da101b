# The weights for @random and @seed:N, bit-identical to those of weights/synthetic.cpp (docs/spec.md, section 15).
# SPDX-License-Identifier: MIT
"""A parameter is (name, role, shape); roles: weight, bias, gamma, beta, mean, var."""

import math

import numpy as np

from lib.problem import Problem

F = np.float32
MASK = (1 << 64) - 1
SEED_FACTOR, STEP = 0xD1342543DE82EF95, 0x9E3779B97F4A7C15  # SplitMix64 (Steele, Lea, Flood 2014)
CHUNK = 1 << 20


def fnv1a64(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 & MASK
    return value


def unit(name, seed, shape):
    """Returns float32 in [0, 1): the upper 24 bits of the stream of (name, seed), exact."""
    key, count = fnv1a64(name) + seed * SEED_FACTOR & MASK, math.prod(shape)
    out = np.empty(count, F)
    for begin in range(0, count, CHUNK):
        part = out[begin : begin + CHUNK]
        with np.errstate(over="ignore"):
            z = np.uint64(key) + np.arange(begin + 1, begin + 1 + len(part), dtype=np.uint64) * np.uint64(STEP)
            z = (z ^ z >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ z >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
        part[:] = (z ^ z >> np.uint64(31)) >> np.uint64(40)
    return (out * F(2**-24)).reshape(shape)


def symmetric(name, seed, shape, bound):
    return (unit(name, seed, shape) * F(2) - F(1)) * F(bound)


def fan_in_bound(shape, variance, gain=1.0):
    return gain * math.sqrt(3 * variance / math.prod(shape[1:]))


def random_weights(parameters, seed=0):
    """Returns name -> array."""
    out = {}
    for name, role, shape in parameters:
        if role in ("gamma", "var"):
            out[name] = F(1) + F(0.1) * symmetric(name, seed, shape, 1)
        else:
            out[name] = symmetric(name, seed, shape, {"weight": fan_in_bound(shape, 2 / 3), "mean": 0.1}.get(role, 1))
    return out


def synthetic_weights(parameters, seed, statistics, kind):
    """Returns name -> array.  statistics: file of means and variances, of each batch norm in order, float32; kind: "yolo" or "pose" """
    numbers = np.fromfile(statistics, "<f4")
    expected = sum(math.prod(shape) for _, role, shape in parameters if role in ("mean", "var"))
    if len(numbers) != expected:
        raise Problem(f"{statistics}: expected {4 * expected} bytes, found {4 * len(numbers)}")
    heads = {name.rpartition(".")[0] for name, role, _ in parameters if role == "bias"}
    out, used = {}, 0
    for name, role, shape in parameters:
        if role in ("mean", "var"):
            out[name], used = numbers[used : used + shape[0]], used + shape[0]
        elif role == "gamma":
            out[name] = unit(name, seed, shape) * F(0.5) + F(0.75)
        elif role == "beta":
            out[name] = symmetric(name, seed, shape, 0.25)
        elif kind == "yolo":
            out[name] = _yolo(name, role, shape, seed, name.rpartition(".")[0] in heads)
        else:
            out[name] = _pose(name, role, shape, seed)
    return out


def _yolo(name, role, shape, seed, is_head):
    if role == "weight":
        return symmetric(name, seed, shape, fan_in_bound(shape, 2, 0.5 if is_head else 1))
    bias = symmetric(name, seed, shape, 0.5)
    bias[4::85], bias[5::85] = -4.8, 1.5  # objectness and person
    return bias


def _pose(name, role, shape, seed):
    if role == "weight":
        return symmetric(name, seed, shape, fan_in_bound(shape, 2, 0.3 if name == "conv_out.weight" else 1))
    return symmetric(name, seed, shape, 0.05 if name == "conv_out.bias" else 0.1)
