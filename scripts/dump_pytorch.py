#!/usr/bin/env python3
# Writes every module's output of a PyTorch model, or every node's output of an ONNX model in ONNX Runtime, to a safetensors file for `layers diff`.
# SPDX-License-Identifier: MIT
"""Each value is written when it is computed, so memory holds what the model needs and one more value.  Names are those of the state dict.  A module that is
called again gives NAME#2; parts of a tuple or dictionary are NAME.0 and NAME.KEY; the result of the whole model is `output`.

MODEL is a name that `layers` accepts (yolov3-tiny, fastpose@random, yolov3-spp@seed:0), X.cfg, X.weights or X.safetensors; or any torch.nn.Module as
PACKAGE.MODULE:FACTORY or FILE.py:FACTORY.  Debian's python3-torch works, and so do newer versions from PyPI."""

import argparse
import hashlib
import json
import os
import platform
import re
import shlex
import sys
import tempfile

from lib.problem import Problem, excerpt, reading, run
from lib.recorder import Recorder
from lib.run_program import run_program

PICTURES = (".jpg", ".jpeg", ".png")


def json_args(text):
    try:
        value = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected JSON, found {text!r}: {error}") from None
    if not isinstance(value, (dict, list)):
        raise argparse.ArgumentTypeError(f"expected an object (keywords) or a list, found {text!r}")
    return value


def sides(text):
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError:
        numbers = (0,)
    if min(numbers) < 1:
        raise argparse.ArgumentTypeError(f"expected sides above 0 with commas between them, found {text!r}")
    return numbers


def regex(text):
    try:
        re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"expected a regular expression, found {text!r}: {error}") from None
    return text


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--model", help="the PyTorch model (see above)")
    what.add_argument("--onnx", metavar="F.onnx", help="an ONNX model, run by ONNX Runtime without its optimizations")
    parser.add_argument("--input", required=True, help="X.npy; X.safetensors: the tensor named like the model's input (`input` if it has no name), for example from a dump by `layers`; seed:N: uniform numbers in 0..1; an image,"
                        " for models that `layers` knows, which then prepares it")
    parser.add_argument("--out", required=True, metavar="F.safetensors", help="file for the values, as float32")
    parser.add_argument("--only", type=regex, default="", metavar="REGEX", help="write only values whose names match")
    parser.add_argument("--shape", type=sides, metavar="N,C,H,W", help="shape of the input for seed:N (default: the model's, batch size 1)")
    parser.add_argument("--args", type=json_args, metavar="JSON", help="arguments of the factory: an object or a list")
    parser.add_argument("--weights", metavar="F", help="file of weights: .safetensors, .pth (a state dict) or, for Darknet networks, .weights")
    parser.add_argument("--models", metavar="DIR", help="folder of weights; searched first")
    parser.add_argument("--bn", metavar="F", help="statistics of the batch norms for NAME@seed:N")
    parser.add_argument("--inp_dim", type=int, default=0, help="side of a Darknet network's input (default: from the cfg)")
    parser.add_argument("--dtype", choices=("float32", "float64"), default="float32", help="data type in which PyTorch computes")
    parser.add_argument("--device", default="cpu", help="device of PyTorch: cpu, cuda, cuda:N; TF32 is off")
    parser.add_argument("--layers", metavar="PROGRAM", default=os.path.join("build", "apps", "layers"), help="our program, used for images (default: %(default)s)")
    return parser.parse_args()


def read_array(path):
    import numpy as np

    with reading(path, "an array of numbers"):
        array = np.load(path, allow_pickle=False)
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
        raise Problem(f"{path}: expected an array of numbers, found {excerpt(getattr(array, 'dtype', array))}")
    return array


def tensor_of_dump(path, name):
    from lib import safetensors_file

    tensors, _ = safetensors_file.read(path)
    if name not in tensors:
        raise Problem(f"{path}: expected a tensor named {excerpt(name)}, found {excerpt(list(tensors))}")
    return tensors[name]


def prepared_picture(args, name):
    """Prepares the image with `layers`, so that both sides see the same numbers, independent of the image decoder."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "input.safetensors")
        options = [f"--{key}={value}" for key, value in (("models", args.models), ("bn", args.bn), ("inp_dim", args.inp_dim)) if value]
        command = [args.layers, "dump", "--model", args.model, "--input", args.input, "--out", path, "--only", f"^{re.escape(name)}$", "--quiet", *options]
        run_program(command, name=f"{args.input}: expected {args.layers} to prepare it, found")
        return tensor_of_dump(path, name)


def read_input(args, name, shape):
    """Reads or makes the input.  name: of the model's input.  shape: [n, c, h, w] that the model takes, None if unknown; n counts for generated numbers only"""
    import numpy as np

    extension = os.path.splitext(args.input)[1].lower()
    if args.input.startswith("seed:"):
        shape = args.shape or shape
        if not args.input[5:].isdigit() or shape is None:
            raise Problem(f"--input {args.input}: expected seed:N and, for this model, --shape N,C,H,W")
        return np.random.default_rng(int(args.input[5:])).random(shape, dtype=np.float32)
    if extension in PICTURES:
        if args.model is None or shape is None:
            raise Problem(f"{args.input}: expected an array in a .npy file: images can only be prepared for models of `layers`")
        return prepared_picture(args, name)
    array = tensor_of_dump(args.input, name) if extension == ".safetensors" else read_array(args.input)
    if shape is not None and (array.ndim != 4 or array.shape[1:] != shape[1:]):
        raise Problem(f"{args.input}: expected shape [n, {', '.join(map(str, shape[1:]))}], found {list(array.shape)}")
    return array


def describe(args, x, versions):
    """Returns the metadata that all dumps have."""
    import numpy as np

    digest = hashlib.sha256(np.ascontiguousarray(x).tobytes()).hexdigest()
    return {
        "kind": "dump_pytorch", "input": args.input, "input_sha256": digest, "input_shape": str(list(x.shape)), "python": platform.python_version(),
        "numpy": np.__version__, "machine": platform.machine(), "command": shlex.join([os.path.basename(sys.argv[0]), *sys.argv[1:]]), **versions,
    }


def dump_onnx(args, stream):
    try:
        import onnxruntime

        from lib import onnx_dump
    except ImportError as error:
        raise Problem(f"expected the Python packages numpy, onnx and onnxruntime, found: {error}") from None
    model = onnx_dump.load(args.onnx)
    name, shape = onnx_dump.input_of(model, args.onnx)
    x = read_input(args, name, shape)
    record = Recorder(stream, args.only, onnx_dump.to_array)
    onnx_dump.dump(model, name, x, record, args.onnx)
    versions = {"onnxruntime": onnxruntime.__version__, "dtype": str(x.dtype), "device": "cpu", "threads": "1"}
    stream.metadata |= describe(args, x, versions | {"model": os.path.basename(args.onnx)})
    return record


def dump_torch(args, stream):
    try:
        import torch

        from lib import torch_dump, torch_models
    except ImportError as error:
        raise Problem(f"expected the Python packages numpy and torch (Debian: python3-torch), found: {error}") from None
    torch.manual_seed(0)
    torch.set_num_threads(1)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch.use_deterministic_algorithms(True)
    model = torch_models.load(args.model, torch_models.Options(args.args, args.weights, args.models, args.bn, args.inp_dim))
    array = read_input(args, model.input_name, model.input_shape and (1, *model.input_shape))
    dtype = getattr(torch, args.dtype)
    x = torch.from_numpy(array.copy())
    x = x.to(args.device, dtype) if x.is_floating_point() else x.to(args.device)
    record = Recorder(stream, args.only, torch_dump.to_array)
    torch_dump.dump(model.run.to(args.device, dtype), x, record, args.model)
    versions = {"torch": torch.__version__, "dtype": args.dtype, "device": args.device, "tf32": "off", "threads": "1"}
    stream.metadata |= describe(args, array, versions | {"model": model.title, "weights": model.weights})
    return record


def main():
    args = parse_args()
    if not args.out.endswith(".safetensors"):
        raise Problem(f"--out {args.out}: expected a name that ends in .safetensors")
    try:
        from lib import output_file, safetensors_file
    except ImportError as error:
        raise Problem(f"expected the Python package numpy, found: {error}") from None
    output_file.expect_other(args.out, args.onnx, args.input, args.weights, args.bn)
    with safetensors_file.streamed(args.out) as stream:
        record = (dump_onnx if args.onnx else dump_torch)(args, stream)
        if not stream.header:
            raise Problem(f"{args.model or args.onnx}: expected values whose names match {args.only!r}, found none among {len(record.names)}")
    for name in record.left_out:
        print(f"{name}: skipped: it has no floating-point numbers", file=sys.stderr)


if __name__ == "__main__":
    run(main)
