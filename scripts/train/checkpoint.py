# state.pt: everything that is needed to resume a run, replaced atomically.
# SPDX-License-Identifier: MIT
"""Tensors are stored as PyTorch stores them, all other values as JSON: the format that PyTorch 1.13 reads without running code has no Python floats."""

import json
import pathlib
import pickle
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from lib import output_file  # noqa: E402
from lib.problem import Problem, reason  # noqa: E402

PLAIN = ("size", "step", "samples", "seconds", "options", "scores")
TENSORS = ("net", "averaged")  # state dicts


def write(path, state):
    """state: PLAIN, TENSORS and `optimiser` (its state dict) -> value"""
    plain = {key: state[key] for key in PLAIN} | {"groups": state["optimiser"]["param_groups"]}
    with output_file.atomic_file(path) as file:
        torch.save({"plain": json.dumps(plain), "moments": state["optimiser"]["state"], **{key: state[key] for key in TENSORS}}, file)


def read(path, device="cpu"):
    """Returns the state as it was written."""
    try:
        file = torch.load(path, map_location=device, weights_only=True)
        plain = json.loads(file["plain"])
        state = {key: plain[key] for key in PLAIN} | {key: file[key] for key in TENSORS}
        state["optimiser"] = {"state": file["moments"], "param_groups": plain["groups"]}
    except (RuntimeError, EOFError, ValueError, KeyError, TypeError, pickle.UnpicklingError) as error:
        raise Problem(f"{path}: expected a checkpoint of train.py, found: {reason(error, 120)}") from None
    return state
