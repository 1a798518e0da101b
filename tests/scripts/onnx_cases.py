# Small ONNX models: some that the converter must convert, and some that it must refuse.
# SPDX-License-Identifier: MIT

import numpy as np
from onnx import TensorProto, helper, numpy_helper

RANDOM = np.random.default_rng(1)


def weights(**shapes):
    return {name: (RANDOM.standard_normal(shape) / max(1, np.prod(shape[1:])) ** 0.5).astype(np.float32) for name, shape in shapes.items()}


def integers(**values):
    return {name: np.array(value, np.int64) for name, value in values.items()}


def node(text, **attributes):
    """Makes a node: node("y = Conv x w b", ...)."""
    outputs, _, call = text.partition(" = ")
    op, *inputs = call.split()
    return helper.make_node(op, ["" if i == "-" else i for i in inputs], outputs.split(), **attributes)


def model(nodes, tensors=None, opset=13, shape=("n", 8, 12, 10), outputs=("y",), types=TensorProto.FLOAT):
    initializers = [numpy_helper.from_array(array, name) for name, array in (tensors or {}).items()]
    maps = [helper.make_tensor_value_info("x", types, shape)], [helper.make_tensor_value_info(y, types, None) for y in outputs]
    graph = helper.make_graph([node(*n) if isinstance(n, tuple) else n for n in nodes], "case", *maps, initializer=initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=7)


def batch_norm(c):
    return {**weights(g=(c,), b=(c,), m=(c,)), "v": (RANDOM.random(c) + 0.5).astype(np.float32)}


def squeeze_excite():
    return model(
        [
            node("p = GlobalAveragePool x"),
            node("f = Flatten p"),
            node("h = Gemm f w1 b1", transB=1),
            node("r = Relu h"),
            node("o = Gemm r w2 b2"),
            node("s = Sigmoid o"),
            node("q = Reshape s shape"),
            node("y = Mul q x"),
        ],
        {**weights(w1=(4, 8), b1=(4,), w2=(4, 8), b2=(8,)), **integers(shape=(0, 8, 1, 1))},
    )


# onnxruntime requires one type of number in a model, and unique names of nodes.
ONLY_CONVERTED = ("conv_half", "same_names")


def accepted():
    """Returns name -> (model, ops of ours that it becomes)."""
    w333, one = weights(w=(6, 8, 3, 3), b=(6,)), np.float32
    constant = helper.make_node("Constant", [], ["w"], value=numpy_helper.from_array(weights(w=(6, 8, 1, 1))["w"]))
    half = {"w": weights(w=(6, 8, 1, 1))["w"].astype(np.float16)}
    scales = {"scales": np.array([1, 1, 2, 2], np.float32)}
    return {
        "conv": (model([node("y = Conv x w b", pads=[1, 0, 2, 1], strides=[2, 1], kernel_shape=[3, 3])], w333), "conv2d"),
        "conv_groups": (model([node("y = Conv x w", group=4)], weights(w=(12, 2, 3, 2))), "conv2d"),
        "conv_same_upper": (model([node("y = Conv x w b", auto_pad="SAME_UPPER", strides=[2, 2])], w333), "conv2d"),
        "conv_same_lower": (model([node("y = Conv x w b", auto_pad="SAME_LOWER", strides=[2, 2])], w333), "conv2d"),
        "conv_valid": (model([node("y = Conv x w b", auto_pad="VALID")], w333), "conv2d"),
        "conv_constant": (model([constant, node("y = Conv x w")]), "conv2d"),
        "conv_half": (model([node("y = Conv x w")], half), "conv2d"),
        "conv_transpose": (
            model([node("y = ConvTranspose x w b", pads=[1, 1, 1, 0], strides=[2, 3], output_padding=[1, 2])], weights(w=(8, 6, 4, 3), b=(6,))),
            "conv_transpose2d",
        ),
        "conv_transpose_depthwise": (
            model([node("y = ConvTranspose x w", group=8, pads=[1] * 4, strides=[2, 2])], weights(w=(8, 1, 4, 4))),
            "conv_transpose2d",
        ),
        "batch_norm": (model([node("y = BatchNormalization x g b m v", epsilon=1e-3)], batch_norm(8)), "batch_norm"),
        "batch_norm_9": (model([node("y = BatchNormalization x g b m v")], batch_norm(8), opset=9), "batch_norm"),
        "relu": (model([node("y = Relu x")]), "activation"),
        "leaky": (model([node("y = LeakyRelu x", alpha=0.2)]), "activation"),
        "leaky_default": (model([node("y = LeakyRelu x")]), "activation"),
        "relu6": (model([node("y = Clip x low high")], {"low": np.array(0, one), "high": np.array(6, one)}), "activation"),
        "relu6_9": (model([node("y = Clip x", min=0.0, max=6.0)], opset=9), "activation"),
        "clip_relu": (model([node("y = Clip x low")], {"low": np.array(0, one)}), "activation"),
        "sigmoid": (model([node("y = Sigmoid x")]), "activation"),
        "swish": (model([node("s = Sigmoid x"), node("y = Mul x s")]), "activation"),
        "squeeze_excite": (squeeze_excite(), "avg_pool conv2d activation conv2d activation scale"),
        "add": (model([node("r = Relu x"), node("y = Add r x")]), "activation add"),
        "max_pool": (model([node("y = MaxPool x", kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 1, 1])]), "max_pool"),
        "max_pool_ceil": (model([node("y = MaxPool x", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)], opset=11), "max_pool"),
        "average_pool": (model([node("y = AveragePool x", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])]), "avg_pool"),
        "average_pool_count": (model([node("y = AveragePool x", kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1)]), "avg_pool"),
        "pad_conv": (
            model([node("p = Pad x pads"), node("y = Conv p w b", pads=[0, 1, 0, 1])], {**w333, **integers(pads=[0, 0, 1, 2, 0, 0, 0, 1])}),
            "conv2d",
        ),
        "pad_max_pool": (
            model([node("p = Pad x pads"), node("y = MaxPool p", kernel_shape=[5, 5])], integers(pads=[0, 0, 2, 2, 0, 0, 2, 2])),
            "max_pool",
        ),
        "pad_average_pool_9": (
            model([node("p = Pad x", pads=[0, 0, 1, 1, 0, 0, 1, 1]), node("y = AveragePool p", kernel_shape=[3, 3])], opset=9),
            "avg_pool",
        ),
        "concat": (model([node("r = Relu x"), node("y = Concat x r x", axis=1)]), "activation concat"),
        "slice": (model([node("y = Slice x s e a")], integers(s=[-6], e=[2**62], a=[1])), "slice"),
        "slice_9": (model([node("y = Slice x", starts=[1, 0], ends=[5, 12], axes=[1, 2])], opset=9), "slice"),
        "split": (model([node("a y = Split x parts", axis=1)], integers(parts=[3, 5])), "slice"),
        "split_11": (model([node("a b = Split x", axis=1), node("y = Concat b a", axis=-3)], opset=11), "slice slice concat"),
        "resize": (model([node("y = Resize x - scales", mode="nearest")], scales), "upsample"),
        "resize_asymmetric": (
            model([node("y = Resize x - scales", coordinate_transformation_mode="asymmetric", nearest_mode="floor")], scales),
            "upsample",
        ),
        "resize_sizes": (model([node("y = Resize x - - sizes")], integers(sizes=[1, 8, 36, 30]), shape=(1, 8, 12, 10)), "upsample"),
        "resize_10": (model([node("y = Resize x scales")], scales, opset=10), "upsample"),
        "upsample_9": (model([node("y = Upsample x scales")], scales, opset=9), "upsample"),
        "pixel_shuffle": (model([node("y = DepthToSpace x", blocksize=2, mode="CRD")]), "pixel_shuffle"),
        "softmax": (model([node("y = Softmax x", axis=1)]), "softmax"),
        "softmax_9": (model([node("p = GlobalAveragePool x"), node("y = Softmax p")], opset=9), "avg_pool softmax"),
        "dense_on_map": (model([node("f = Flatten x"), node("y = Gemm f w", transB=1)], weights(w=(5, 960))), "conv2d"),
        "squeeze": (
            model([node("p = GlobalAveragePool x"), node("q = Squeeze p axes"), node("y = Softmax q")], integers(axes=[2, 3])),
            "avg_pool softmax",
        ),
        "identity": (model([node("i = Identity x"), node("d = Dropout i"), node("y = Relu d")]), "activation"),
        "unused": (model([node("u = Sigmoid x"), node("y = Relu x")]), "activation"),
        "same_names": (model([node("r = Relu x", name="a"), node("y = Sigmoid r", name="a")]), "activation activation"),
    }


def refused():
    """Returns name -> (model, words of the message)."""
    w = weights(w=(6, 8, 3, 3))
    external = model([node("y = Conv x w")], w)
    external.graph.initializer[0].data_location = TensorProto.EXTERNAL
    short = model([node("y = Conv x w")], w)
    short.graph.initializer[0].raw_data = b"1234"
    infinite = {"w": np.full((6, 8, 3, 3), np.inf, np.float32)}
    return {
        "op": (model([node("y = Einsum x", name="bad_one", equation="ij")]), "bad_one Einsum"),
        "domain": (model([helper.make_node("Relu", ["x"], ["y"], domain="com.example")]), "com.example.Relu"),
        "opset": (model([node("y = Relu x")], opset=5), "opset 7 to 17 found 5"),
        "dilation": (model([node("y = Conv x w", dilations=[2, 2])], w), "y Conv dilations [2, 2]"),
        "unknown_attribute": (model([node("y = Conv x w", surprise=1)], w), "attribute surprise"),
        "dynamic_shape": (model([node("y = Relu x")], shape=("n", 3, "h", "w")), "input 'x' all but n fixed"),
        "unknown_rank": (model([node("y = Relu x")], shape=None), "input 'x'"),
        "three_sides": (model([node("y = Relu x")], shape=(1, 3, 8)), "input 'x'"),
        "no_such_input": (model([node("y = Relu z")]), "Relu input 0 'z'"),
        "computed_weight": (model([node("r = Relu x"), node("y = Conv x r")]), "the weight as a constant"),
        "weight_shape": (model([node("y = Conv x w")], weights(w=(6, 7, 3, 3))), "a weight"),
        "integer_weight": (model([node("y = Conv x w")], integers(w=np.ones((6, 8, 3, 3)))), "float numbers int64"),
        "infinite_weight": (model([node("y = Conv x w")], infinite), "tensor w finite"),
        "external_weight": (external, "tensor 'w'"),
        "short_weight": (short, "tensor 'w'"),
        "large_kernel": (model([node("y = Conv x w")], weights(w=(2, 8, 20, 3))), "kernel"),
        "negative_pads": (model([node("y = Conv x w", pads=[-1, 0, 0, 0])], w), "pads"),
        "broadcast_add": (model([node("p = GlobalAveragePool x"), node("y = Add x p")]), "the same shape"),
        "add_constant": (model([node("y = Add x c")], weights(c=(1, 8, 1, 1))), "input 1 'c'"),
        "mul_maps": (model([node("r = Relu x"), node("y = Mul x r")]), "(n, c, 1, 1)"),
        "clip": (model([node("y = Clip x", min=0.0, max=1.0)], opset=9), "limits 0 and 6"),
        "dcr": (model([node("y = DepthToSpace x", blocksize=2)]), "CRD DCR"),
        "bilinear": (model([node("y = Upsample x s", mode="linear")], {"s": np.array([1, 1, 2, 2], np.float32)}, opset=9), "nearest linear"),
        "scale": (model([node("y = Upsample x s")], {"s": np.array([1, 1, 1.5, 2], np.float32)}, opset=9), "integer f"),
        "resize_rule": (
            model([node("y = Resize x - s", coordinate_transformation_mode="asymmetric")], {"s": np.array([1, 1, 3, 3], np.float32)}),
            "every pixel repeated",
        ),
        "softmax_axis": (model([node("y = Softmax x")]), "axis 1 -1"),
        "concat_axis": (model([node("y = Concat x x", axis=2)]), "axis 1"),
        "slice_axis": (model([node("y = Slice x", starts=[0], ends=[5], axes=[2])], opset=9), "axis 1"),
        "slice_empty": (model([node("y = Slice x", starts=[5], ends=[5], axes=[1])], opset=9), "a range of the 8 channels"),
        "slice_step": (model([node("y = Slice x s e a t")], integers(s=[0], e=[8], a=[1], t=[2])), "steps of 1"),
        "split_parts": (model([node("a y = Split x", axis=1, split=[3, 4])], opset=9), "2 parts of 8"),
        "flatten": (model([node("f = Flatten x"), node("y = Relu f")]), "a map"),
        "reshape": (model([node("y = Reshape x s")], integers(s=[0, 4, 24, 10])), "output 'y'"),
        "reshape_batch": (model([node("y = Reshape x s")], integers(s=[2, 8, 6, 10])), "begins with 1"),
        "pad_relu": (model([node("p = Pad x s"), node("y = Relu p")], integers(s=[0, 0, 1, 1, 0, 0, 1, 1])), "after a Pad Relu"),
        "pad_output": (model([node("y = Pad x s")], integers(s=[0, 0, 1, 1, 0, 0, 1, 1])), "output 'y'"),
        "pad_channels": (model([node("y = Pad x s")], integers(s=[0, 1, 0, 0, 0, 0, 0, 0])), "zeros around"),
        "pad_reflect": (model([node("y = Pad x s", mode="reflect")], integers(s=[0, 0, 1, 1, 0, 0, 1, 1])), "constant reflect"),
        "no_output": (model([node("y = Relu x")], outputs=()), "at least one output"),
        "output_missing": (model([node("y = Relu x")], outputs=("z",)), "output 'z'"),
        "defined_twice": (model([node("y = Relu x"), node("y = Sigmoid x")]), "value 'y'"),
    }
