# Models for dump_pytorch.py: those that our programs know by name or path, and any nn.Module by the path of its factory.
# SPDX-License-Identifier: MIT

import dataclasses
import importlib
import importlib.util
import json
import os
import sys

from torch import nn

from lib import net_file, torch_darknet, torch_fastpose, torch_weights
from lib.problem import Problem, excerpt, reason
from lib.torch_net import TorchNet

PROJECT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FILES = {  # files of weights; others: NAME.weights
    "yolo-fastest-xl": ("yolo-fastest-xl.weights", "yolo-fastest-1.1-xl.weights"),
    "fastpose": ("fastpose.safetensors", "duc_se.safetensors"),
    "simplepose": ("simplepose.safetensors",),
    "pose-nano": ("pose-nano.safetensors",),
}


@dataclasses.dataclass
class Model:
    """run: an nn.Module, or a TorchNet (a graph file).  weights: their origin.  input_shape: (c, h, w), None if unknown"""

    title: str
    run: object
    weights: str
    input_shape: tuple | None
    input_name: str = "input"


@dataclasses.dataclass(frozen=True)
class Options:
    """factory_args: keywords, or a list, for the factory; weights: file; models, bn, inp_dim: as in our programs"""

    factory_args: object = None
    weights: str | None = None
    models: str | None = None
    bn: str | None = None
    inp_dim: int = 0


def load(name, options):
    base, at, how = name.rpartition("@")
    if not at or not (how == "random" or how.startswith(("random:", "seed:"))):
        base, how = name, ""
    if how and options.weights:
        raise Problem(f"model {name}: expected no --weights, found {options.weights}")
    cfg = cfg_of(base)
    if cfg:
        return load_darknet(base, cfg, how, options)
    if base == "fastpose":
        return load_fastpose(how, options)
    if base.endswith(".safetensors") or base in ("simplepose", "pose-nano"):
        path = base if base.endswith(".safetensors") else search(FILES[base], model_dirs(options), base)
        return load_safetensors(path, options)
    if how or ":" not in base:
        raise Problem(f"model {name}: expected a name that `layers` knows, a path ending in .cfg, .weights or .safetensors, or module:factory")
    return load_factory(base, options)


def model_dirs(options):
    home = os.path.expanduser(os.path.join("~", ".cache", "alphapose.cpp"))
    given = [options.models, os.environ.get("POSE_MODELS")]
    own = [os.path.join(PROJECT, "models"), home, os.path.join(PROJECT, os.pardir, "shared", "weights"), os.path.join(PROJECT, "nets", "trained")]
    return [d for d in given if d] + own


def search(files, dirs, name):
    for folder in dirs:
        for file in files:
            if os.path.isfile(os.path.join(folder, file)):
                return os.path.join(folder, file)
    raise Problem(f"model {name}: expected {' or '.join(files)} in one of {', '.join(dirs)}, found none")


def cfg_of(base):
    """Returns the path of a Darknet network's cfg; None for other models."""
    own = os.path.join(PROJECT, "nets", "cfg", os.path.basename(os.path.splitext(base)[0]) + ".cfg")
    if base.endswith(".weights"):
        beside = base[: -len("weights")] + "cfg"
        return own if os.path.isfile(own) and not os.path.isfile(beside) else beside
    if base.endswith(".cfg"):
        return base
    return own if os.path.basename(base) == base and os.path.isfile(own) else None


def load_darknet(base, cfg, how, options):
    spp = os.path.basename(cfg) == "yolov3-spp.cfg"  # AlphaPose's detector, whose max-pools see zeros around the map
    module = torch_darknet.Darknet(cfg, zero_padded=spp, inp_dim=options.inp_dim)
    if how:
        return generated(base, module, True, how, options)
    named = base if base.endswith(".weights") else base[: -len("cfg")] + "weights" if base.endswith(".cfg") else None
    path = options.weights or named or search(FILES.get(base, (base + ".weights",)), model_dirs(options), base)
    torch_weights.read_file(path, module, True)
    return Model(base, module, path, module.input_shape)


def load_fastpose(how, options):
    if how:
        return generated("fastpose", make(torch_fastpose.FastPose, options.factory_args, "fastpose"), False, how, options)
    return load_safetensors(options.weights or search(FILES["fastpose"], model_dirs(options), "fastpose"), options)


def generated(base, module, darknet, how, options):
    kind, _, number = how.partition(":")
    try:
        seed = int(number or 0)
    except ValueError:
        raise Problem(f"model {base}@{how}: expected a number after {kind}:") from None
    if kind == "random":
        torch_weights.generate(module, darknet, seed)
        return Model(base, module, how, module.input_shape)
    if base not in ("yolov3-spp", "fastpose"):
        raise Problem(f"model {base}@{how}: expected yolov3-spp or fastpose: no others have synthetic weights")
    oracle = os.environ.get("POSE_ORACLE_DIR") or os.path.join(PROJECT, os.pardir, "shared", "oracle")
    file = f"bn_{'yolo' if darknet else 'pose'}_seed{seed}.bin"
    statistics = options.bn or search((file,), [*model_dirs(options), os.path.join(oracle, "weights_side")], f"{base}@{how}")
    torch_weights.generate(module, darknet, seed, statistics)
    return Model(base, module, f"{how} with {statistics}", module.input_shape)


def load_safetensors(path, options):
    """Loads a graph file, or a state dict of FastPose (.pth, too)."""
    title = os.path.splitext(os.path.basename(path))[0]
    if not os.path.isfile(path):
        raise Problem(f"{path}: expected a file of weights, found none")
    state, metadata = torch_weights.read_state(path)
    if "graph" in metadata:
        net = TorchNet(net_file.without_heads(net_file.parse(state, metadata)))
        return Model(title, net, path, net.net.input_shape, net.net.input["name"])
    given = options.factory_args is not None
    module = make(torch_fastpose.FastPose, options.factory_args, "fastpose") if given else torch_fastpose.sized_for(state, path, metadata.get("input"))
    torch_weights.load_state(module, state, path)
    return Model("fastpose", module, path, module.input_shape)


def load_factory(spec, options):
    place, _, attribute = spec.rpartition(":")
    factory = imported(place, spec)
    for part in attribute.split("."):
        factory = getattr(factory, part, None)
    if not callable(factory):
        raise Problem(f"model {spec}: expected a class or a function {attribute} in {place}, found {excerpt(factory)}")
    module = make(factory, options.factory_args, spec)
    if not isinstance(module, nn.Module):
        raise Problem(f"model {spec}: expected it to make an nn.Module, found {excerpt(module)}")
    if options.weights:
        torch_weights.read_file(options.weights, module, False)
    return Model(spec, module, options.weights or "of the factory, torch.manual_seed(0)", None)


def imported(place, spec):
    """Imports the user's code, which may raise anything."""
    try:
        if not place.endswith(".py"):
            sys.path.insert(0, os.getcwd())
            return importlib.import_module(place)
        found = importlib.util.spec_from_file_location(os.path.basename(place)[:-3], place)
        module = importlib.util.module_from_spec(found)
        sys.modules[found.name] = module
        sys.path.insert(0, os.path.dirname(os.path.abspath(place)))
        found.loader.exec_module(module)
        return module
    except Exception as error:
        raise Problem(f"model {spec}: expected {place} to be importable, found {reason(error)}") from error


def make(factory, factory_args, spec):
    args, keywords = ([], factory_args) if isinstance(factory_args, dict) else (factory_args or [], {})
    try:
        return factory(*args, **keywords)
    except Problem:
        raise
    except Exception as error:
        raise Problem(f"model {spec}: expected the factory to take {json.dumps(factory_args)}, found {reason(error)}") from error
