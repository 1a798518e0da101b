# Tests convert_tflite.py: every op computes what TensorFlow Lite computes, and damaged and hostile files are refused.
# SPDX-License-Identifier: MIT
"""$BLAZEPOSE: pose_landmark_full.tflite, as scripts/fetch_models blazepose gets it; by default that in models/.  $LITERT_PYTHON: a Python with the package
ai-edge-litert, by default this one; with it the networks are compared with LiteRT, tensor by tensor."""

import json
import os
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True  # next to the scripts
from converter_case import PROJECT, Case, has, main  # before numpy: see there

import numpy as np

import convert_tflite
from lib import net_file, problem, safetensors_file, tflite_file, tflite_ops as ops
from tflite_writer import Model, Vector, scalar, table

BLAZEPOSE = os.environ.get("BLAZEPOSE") or os.path.join(PROJECT, "models", "pose_landmark_full.tflite")
LITERT_PYTHON = os.environ.get("LITERT_PYTHON") or (sys.executable if has("ai_edge_litert") else "")
RELU6 = 3  # ActivationFunctionType
LITERT = """
import sys, numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
net = Interpreter(sys.argv[1], experimental_preserve_all_tensors=True, experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
net.allocate_tensors()
net.set_tensor(net.get_input_details()[0]["index"], np.load(sys.argv[2]))
net.invoke()
values = {}
for tensor in net.get_tensor_details():
    try:
        values[str(tensor["index"])] = net.get_tensor(tensor["index"])
    except ValueError:
        pass  # a constant that was optimized away
np.savez(sys.argv[3], **values)
"""


def conv_options(strides=(1, 1), padding=ops.SAME, activation=0):
    return table(_0=scalar("b", padding), _1=scalar("i", strides[1]), _2=scalar("i", strides[0]), _3=scalar("b", activation))


def depthwise_options(strides=(1, 1), padding=ops.SAME, activation=0):
    return table(_0=scalar("b", padding), _1=scalar("i", strides[1]), _2=scalar("i", strides[0]), _3=scalar("i", 1), _4=scalar("b", activation))


def pool_options(kernel, strides, padding=ops.SAME):
    return table(_0=scalar("b", padding), _1=scalar("i", strides), _2=scalar("i", strides), _3=scalar("i", kernel), _4=scalar("i", kernel))


def every_op(path):
    """Writes a network with every op that is converted."""
    random = np.random.default_rng(1)

    def weight(*shape):
        return random.standard_normal(shape).astype(np.float32) / 3

    net = Model()
    x = net.tensor((1, 12, 10, 3))
    half = net.constant(weight(8, 3, 3, 3).astype(np.float16))
    w = net.add(ops.DEQUANTIZE, [half], (8, 3, 3, 3))
    y = net.add(ops.CONV_2D, [x, w, net.constant(weight(8))], (1, 6, 5, 8), conv_options((2, 2), ops.SAME, RELU6))
    padded = net.add(ops.PAD, [y, net.constant(np.array([[0, 0], [1, 2], [2, 1], [0, 0]], np.int32))], (1, 9, 8, 8))
    y = net.add(ops.DEPTHWISE_CONV_2D, [padded, net.constant(weight(1, 3, 3, 8)), net.constant(weight(8))], (1, 7, 6, 8), depthwise_options((1, 1), ops.VALID))
    z = net.add(ops.RELU, [y], (1, 7, 6, 8))
    y = net.add(ops.ADD, [y, z], (1, 7, 6, 8), table(_0=scalar("b", 1)))
    y = net.add(ops.MAX_POOL_2D, [y], (1, 4, 3, 8), pool_options(2, 2))
    y = net.add(ops.PAD, [y, net.constant(np.array([[0, 0], [0, 0], [0, 0], [0, 4]], np.int32))], (1, 4, 3, 12))
    y = net.add(ops.DEPTH_TO_SPACE, [y], (1, 8, 6, 3), table(_0=scalar("i", 2)))
    z = net.add(ops.LOGISTIC, [y], (1, 8, 6, 3))
    y = net.add(ops.CONCATENATION, [y, z], (1, 8, 6, 6), table(_0=scalar("i", 3)))
    for size, (align_corners, half_pixel) in zip(((13, 11), (5, 17), (8, 6)), ((1, 0), (0, 1), (0, 0))):
        rule = table(_2=scalar("b", align_corners), _3=scalar("b", half_pixel))
        y = net.add(ops.RESIZE_BILINEAR, [y, net.constant(np.array(size, np.int32))], (1, *size, 6), rule)
    y = net.add(ops.RELU6, [y], (1, 8, 6, 6))
    # Four of the nine 1 x 1 blocks of a weight are stored: rows 0 and 2 of the output channels.
    sparse = weight(4)
    dims = [table(_0=scalar("b", 1), _2=scalar("B", 1), _3=table(_0=Vector("<i4", [0, 2, 2, 4])), _4=scalar("B", 3), _5=table(_0=Vector("u1", [0, 3, 1, 5]))),
            table(_0=scalar("b", 0), _1=scalar("i", 1)), table(_0=scalar("b", 0), _1=scalar("i", 1))]
    order = [table(_0=scalar("b", 0), _1=scalar("i", 3)), dims[1], dims[2], dims[0]]
    w = net.tensor((3, 1, 1, 6), sparse, _6=table(_0=Vector("<i4", [0, 1, 2, 3]), _2=order))
    w = net.add(ops.DENSIFY, [w], (3, 1, 1, 6))
    y = net.add(ops.CONV_2D, [y, w, net.constant(weight(3))], (1, 8, 6, 3), conv_options())
    y = net.add(ops.CONV_2D, [y, net.constant(weight(5, 8, 6, 3)), net.constant(weight(5))], (1, 1, 1, 5), conv_options((1, 1), ops.VALID))
    y = net.add(ops.RESHAPE, [y, net.constant(np.array([1, 5], np.int32))], (1, 5))
    net.write(path, [x], [y])


class ConvertTest(Case):
    def test_as_a_program(self):
        self.expect_program(convert_tflite)

    def expect_litert(self, path, tolerance, *args):
        """Compares every tensor that has a node with LiteRT's.  Returns their number."""
        if not has("torch") or not LITERT_PYTHON:
            self.skipTest("no package torch, or no Python with ai_edge_litert")
        import torch

        from lib.torch_net import TorchNet

        self.convert(convert_tflite, path, self.path("out.safetensors"), *args)
        net = net_file.load(self.path("out.safetensors"))
        c, h, w = net.input_shape
        x = np.random.default_rng(2).random((1, h, w, c), dtype=np.float32)
        np.save(self.path("x.npy"), x)
        subprocess.run([LITERT_PYTHON, "-c", LITERT, path, self.path("x.npy"), self.path("tensors.npz")], check=True, capture_output=True)
        tensors, compared = np.load(self.path("tensors.npz")), []

        def compare(name, value):
            number = name.rpartition(".")[2]
            if ":" in name or number not in tensors:
                return
            expected = tensors[number]
            difference = np.abs(value.detach().numpy().transpose(0, 2, 3, 1).reshape(expected.shape) - expected).max()
            compared.append((float(difference / max(1e-3, np.abs(expected).max())), name))

        with torch.no_grad():
            TorchNet(net)(torch.from_numpy(np.ascontiguousarray(x.transpose(0, 3, 1, 2))), compare)
        print(f"{os.path.basename(path)}: {len(compared)} tensors, worst difference {max(compared)[0]:.1e} of the largest value at {max(compared)[1]}", flush=True)
        self.assertLess(max(compared)[0], tolerance)
        return len(compared)

    def test_every_op(self):
        every_op(self.path("net.tflite"))
        self.convert(convert_tflite, self.path("net.tflite"), self.path("out.safetensors"))
        net = net_file.load(self.path("out.safetensors"))
        self.assertEqual({node["op"] for node in net.nodes}, {"input", "conv2d", "add", "max_pool", "activation", "pixel_shuffle", "concat", "resize"})
        self.assertGreater(self.expect_litert(self.path("net.tflite"), 1e-5), 10)

    @unittest.skipUnless(os.path.isfile(BLAZEPOSE), "no pose_landmark_full.tflite: scripts/fetch_models blazepose gets it")
    def test_blazepose(self):
        self.assertGreater(self.expect_litert(BLAZEPOSE, 1e-3, "--preset", "blazepose"), 90)
        pose = json.loads(safetensors_file.read(self.path("out.safetensors"))[1]["graph"])["pose"]
        self.assertEqual((pose["keypoints"], pose["crop"], pose["decode"]), ("blazepose33", "aligned", "landmarks"))

    def test_listed_maps(self):
        """Outputs of detectors list the pixels of several maps: these become the outputs."""
        net = Model()
        x = net.tensor((1, 4, 4, 2))
        small = net.add(ops.MAX_POOL_2D, [x], (1, 2, 2, 2), pool_options(2, 2))
        rows = [net.add(ops.RESHAPE, [y, net.constant(np.array([1, n, 1], np.int32))], (1, n, 1)) for y, n in ((small, 8), (net.add(ops.RELU, [x], (1, 4, 4, 2)), 32))]
        net.write(self.path("net.tflite"), [x], [net.add(ops.CONCATENATION, rows, (1, 40, 1), table(_0=scalar("i", 1)))])
        self.convert(convert_tflite, self.path("net.tflite"), self.path("out.safetensors"))
        out = net_file.load(self.path("out.safetensors"))
        self.assertEqual([node["op"] for name in out.outputs for node in out.nodes if node["name"] == name], ["max_pool", "activation"])

    def test_sparse_weights(self):
        every_op(self.path("net.tflite"))
        network = tflite_file.read(self.path("net.tflite"))
        (dense,) = [t.value for t in network.tensors if t.value is not None and t.shape == (3, 1, 1, 6)]
        self.assertEqual(np.flatnonzero(dense).tolist(), [0, 3, 13, 17])

    def refuse(self, words, make):
        """make(net, x): adds ops after the input, returns the output"""
        net = Model()
        x = net.tensor((1, 4, 4, 2))
        net.write(self.path("bad.tflite"), [x], [make(net, x)])
        self.expect_refused(convert_tflite, self.path("bad.tflite"), words=words)

    def test_what_cannot_be_converted(self):
        one = np.ones((3, 1, 1, 2), np.float32)
        dilated = conv_options() | table(_4=scalar("i", 2))
        pad = np.array([[0, 0], [1, 1], [1, 1], [0, 0]], np.int32)
        for words, make in (
            ("t1 FULLY_CONNECTED", lambda n, x: n.add(9, [x], (1, 4, 4, 2))),
            ("t1 number 200", lambda n, x: n.add(200, [x], (1, 4, 4, 2))),
            ("t1 SOFTMAX", lambda n, x: n.add(25, [x], (1, 4, 4, 2))),
            ("height and a width", lambda n, x: n.add(ops.RESIZE_BILINEAR, [x, n.constant(np.array([8, 0], np.int32))], (1, 8, 8, 2), table(_2=scalar("b", 0)))),
            ("align_corners or", lambda n, x: n.add(ops.RESIZE_BILINEAR, [x, n.constant(np.array([8, 8], np.int32))], (1, 8, 8, 2), table(_2=scalar("b", 1), _3=scalar("b", 1)))),
            ("dilation", lambda n, x: n.add(ops.CONV_2D, [x, n.constant(one)], (1, 4, 4, 3), dilated)),
            ("activation number 5", lambda n, x: n.add(ops.CONV_2D, [x, n.constant(one)], (1, 4, 4, 3), conv_options(activation=5))),
            ("weight for 2 channels", lambda n, x: n.add(ops.CONV_2D, [x, n.constant(np.ones((3, 1, 1, 4), np.float32))], (1, 4, 4, 3), conv_options())),
            ("input 1 constant", lambda n, x: n.add(ops.CONV_2D, [x, x], (1, 4, 4, 3), conv_options())),
            ("options", lambda n, x: n.add(ops.CONV_2D, [x, n.constant(one)], (1, 4, 4, 3))),
            ("shape [1, 4, 4, 3]", lambda n, x: n.add(ops.CONV_2D, [x, n.constant(one)], (1, 4, 4, 9), conv_options())),
            ("strides", lambda n, x: n.add(ops.CONV_2D, [x, n.constant(one)], (1, 4, 4, 3), conv_options((0, 1)))),
            ("pixel", lambda n, x: n.add(ops.MAX_POOL_2D, [x], (1, 1, 1, 2), pool_options(9, 1, ops.VALID))),
            ("a pad in front of", lambda n, x: n.add(ops.RELU, [n.add(ops.PAD, [x, n.constant(pad)], (1, 6, 6, 2))], (1, 6, 6, 2))),
            ("input or a pad", lambda n, x: n.add(ops.PAD, [x, n.constant(pad)], (1, 6, 6, 2))),
            ("at most 4096 channels", lambda n, x: n.add(ops.PAD, [x, n.constant(np.array([[0, 0]] * 3 + [[0, 60000]], np.int32))], (1, 4, 4, 60002))),
            ("zeros around a map", lambda n, x: n.add(ops.PAD, [x, n.constant(-pad)], (1, 2, 2, 2))),
            ("reshape of one pixel", lambda n, x: n.add(ops.RESHAPE, [x], (1, 32))),
            ("same shape", lambda n, x: n.add(ops.ADD, [x, n.add(ops.MAX_POOL_2D, [x], (1, 2, 2, 2), pool_options(2, 2))], (1, 4, 4, 2), table(_0=scalar("b", 0)))),
            ("channels of maps", lambda n, x: n.add(ops.CONCATENATION, [x, x], (1, 8, 4, 2), table(_0=scalar("i", 1)))),
            ("block", lambda n, x: n.add(ops.DEPTH_TO_SPACE, [x], (1, 8, 8, 2), table(_0=scalar("i", 2)))),
            ("input 0 map", lambda n, x: n.add(ops.RELU, [n.tensor((1, 4, 4, 2))], (1, 4, 4, 2))),
            ("finite", lambda n, x: n.add(ops.CONV_2D, [x, n.constant(one * np.inf)], (1, 4, 4, 3), conv_options())),
        ):
            with self.subTest(words):
                self.refuse(words, make)

    def test_names_of_outputs(self):
        every_op(self.path("net.tflite"))
        self.convert(convert_tflite, self.path("net.tflite"), self.path("some.safetensors"), "--outputs", "t9", "t4")
        self.assertEqual(net_file.load(self.path("some.safetensors")).outputs, ["t9.9", "t4.4"])
        self.expect_refused(convert_tflite, self.path("net.tflite"), "--outputs", "none", words="none t")
        self.assertEqual(self.script(convert_tflite, "a", "b", "--preset", "blazepose", "--outputs", "x")[0], 2)

    def test_damaged_files(self):
        every_op(self.path("net.tflite"))
        with open(self.path("net.tflite"), "rb") as file:
            good = file.read()
        random, refused = np.random.default_rng(4), 0

        def attempt(data):
            """A damaged file is refused with one line, or still a network."""
            with open(self.path("damaged.tflite"), "wb") as file:
                file.write(data)
            try:
                network = tflite_file.read(self.path("damaged.tflite"))
                ops.Converter(self.path("damaged.tflite"), network).run(network.outputs)
            except problem.Problem as error:
                self.assertEqual(len(str(error).splitlines()), 1)
                return 1
            return 0

        for end in range(0, len(good), 29):
            refused += attempt(good[:end])
        for _ in range(200):
            data = bytearray(good)
            for at in random.integers(0, len(data), 1 + int(random.integers(0, 3))):
                data[at] = random.choice([0, 1, 127, 128, 255, int(random.integers(0, 256))])
            refused += attempt(bytes(data))
        for at in range(0, len(good) - 3, 20):  # offsets and counts
            refused += attempt(good[:at] + (0x7FFFFFFF).to_bytes(4, "little") + good[at + 4 :])
        print(f"{refused} damaged files refused")
        self.assertGreater(refused, 200)
        self.expect_refused(convert_tflite, self.path("missing.tflite"), words="No such file")


if __name__ == "__main__":
    main()
