# Every module's output as it is computed, into a safetensors stream.
# SPDX-License-Identifier: MIT

import re

import torch

from lib import net_file
from lib.problem import Problem, excerpt


class Recorder:
    """Writes what it is shown at once, so that nothing is kept and nothing that works in place later can change it.

    A name that comes again gets #2, #3, ... behind it; the parts of a tuple, list or dictionary .0, .1, ... or .KEY.  What is no tensor of floating-point
    numbers is left out; left_out: the names of such tensors.  only: regular expression, searched in names"""

    def __init__(self, stream, only):
        self.stream, self.only, self.left_out = stream, re.compile(only), []
        self.calls, self.names = {}, set()

    def __call__(self, name, value):
        self.calls[name] = count = self.calls.get(name, 0) + 1
        for suffix, tensor in leaves(value):
            self._write(self._unique(name + (f"#{count}" if count > 1 else "") + suffix), tensor)

    def _unique(self, name):
        unique, count = name, 1
        while unique in self.names:
            count += 1
            unique = f"{name}#{count}"
        self.names.add(unique)
        return unique

    def _write(self, name, tensor):
        if not self.only.search(name):
            return
        if tensor.layout != torch.strided or not tensor.is_floating_point():
            self.left_out.append(name)
            return
        self.stream.add(name, tensor.detach().to("cpu", torch.float32).contiguous().numpy())


def leaves(value, suffix=""):
    """(suffix, tensor) of a value and all that it holds."""
    if isinstance(value, torch.Tensor):
        yield suffix, value
    elif isinstance(value, (tuple, list)):
        for i, part in enumerate(value):
            yield from leaves(part, f"{suffix}.{i}")
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from leaves(part, f"{suffix}.{key}")


def dump_module(module, x, record):
    """Modules by their names in the state dict, in the order in which they end; the whole network's result is `output`."""
    hooks = []
    for name, part in module.named_modules():
        hooks.append(part.register_forward_hook(lambda _module, _inputs, result, name=name: record(name or "output", result)))
    record("input", x)
    with torch.no_grad():
        module.eval()(x)
    for hook in hooks:
        hook.remove()


def dump_net(net, x, record):
    """A graph file's nodes; the rows of yolo_head nodes, too, which net_file.decode makes."""
    heads = net.net.heads

    def observe(name, value):
        record(name, value)
        if name in heads:
            record(heads[name]["name"], torch.from_numpy(net_file.decode(heads[name], value.float().numpy())))

    with torch.no_grad():
        net(x, observe)


def dump(run, x, record, source):
    """run: an nn.Module or a TorchNet.  source: for messages"""
    try:
        (dump_module if isinstance(run, torch.nn.Module) else dump_net)(run, x, record)
    except (Problem, OSError):
        raise
    except Exception as error:  # whatever a model of the user's raises
        text = f"{type(error).__name__}: {excerpt(str(error), 200)}"
        raise Problem(f"{source}: expected it to take an input {list(x.shape)} of {x.dtype}, found {text}") from error
    if not record.stream.header:
        raise Problem(f"{source}: expected layers whose names match {record.only.pattern!r}, found none among {len(record.names)}")
