# Passes every module's output of a PyTorch model to a Recorder.
# SPDX-License-Identifier: MIT

import torch

from lib import net_file
from lib.problem import Problem, reason


def to_array(tensor):
    """Returns the tensor in the form that Recorder wants."""
    if tensor.layout != torch.strided or not tensor.is_floating_point():
        return None
    return tensor.detach().to("cpu", torch.float32).contiguous().numpy()


def dump_module(module, x, record):
    """Records modules by their names in the state dict, in the order in which they end; the result of the whole network is `output`."""
    hooks = []
    for name, part in module.named_modules():
        hooks.append(part.register_forward_hook(lambda _module, _inputs, result, name=name: record(name or "output", result)))
    record("input", x)
    with torch.no_grad():
        module.eval()(x)
    for hook in hooks:
        hook.remove()


def dump_net(net, x, record):
    """Records a graph file's nodes, and the rows of the heads that were removed from it."""

    def observe(name, value):
        record(name, value)
        if name in net.net.heads:
            head = net.net.heads[name]
            record(head["name"], torch.from_numpy(net_file.decode(head, to_array(value))))

    with torch.no_grad():
        net(x, observe)


def dump(run, x, record, source):
    """run: an nn.Module or a TorchNet.  source: for messages"""
    try:
        (dump_module if isinstance(run, torch.nn.Module) else dump_net)(run, x, record)
    except (Problem, OSError):
        raise
    except Exception as error:  # a user's model may raise anything
        raise Problem(f"{source}: expected it to take an input {list(x.shape)} of {x.dtype}, found {reason(error)}") from error
