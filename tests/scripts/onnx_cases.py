# Small ONNX models that the converter must convert.  onnx_refused.py has those that it must refuse.
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


def floats(**values):
    return {name: np.array(value, np.float32) for name, value in values.items()}


def _resizes():
    """Returns cases of Resize for every rule: twice as large, 1.5 times as large, smaller."""
    cases = {}
    for mode, rules in (("linear", ("half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric")), ("nearest", ("half_pixel", "asymmetric"))):
        for rule in rules:
            for name, scale in (("double", 2.0), ("more", 1.5), ("less", 0.5)):
                resize = node("y = Resize x - scales", mode=mode, coordinate_transformation_mode=rule, nearest_mode="floor")
                op = "upsample" if (mode, rule, name) == ("nearest", "asymmetric", "double") else "resize"
                cases[f"resize_{mode}_{rule}_{name}"] = (model([resize], floats(scales=[1, 1, scale, scale])), op)
    return cases


def _attention():
    """A head of attention: 8 channels of 120 pixels are tokens, two heads of 4."""
    nodes = [
        node("f = Reshape x tokens"),
        node("t = Transpose f", perm=[0, 2, 1]),
        node("n = LayerNormalization t g b", axis=-1),
        node("m = MatMul n w"),
        node("qkv = Add m bias"),
        node("r = Reshape qkv split"),
        node("p = Transpose r", perm=[2, 0, 3, 1, 4]),
        node("q = Gather p zero", axis=0),
        node("k = Gather p one", axis=0),
        node("v = Gather p two", axis=0),
        node("kt = Transpose k", perm=[0, 1, 3, 2]),
        node("s = MatMul q kt"),
        node("scaled = Mul s half"),
        node("a = Softmax scaled", axis=-1),
        node("o = MatMul a v"),
        node("ot = Transpose o", perm=[0, 2, 1, 3]),
        node("y = Reshape ot joined"),
    ]
    tensors = {**weights(g=(8,), b=(8,), w=(8, 24), bias=(24,)), **integers(tokens=[0, 8, -1], split=[-1, 120, 3, 2, 4], joined=[-1, 120, 8])}
    tensors |= {**integers(zero=0, one=1, two=2), **floats(half=0.5)}
    ops = "layer_norm conv2d batch_norm slice slice slice permute permute matmul batch_norm softmax permute matmul permute"
    return model(nodes, tensors, opset=17), ops


def _shape_subgraph():
    """What PyTorch writes for x.view(x.shape[0], -1) with a dynamic batch."""
    nodes = [
        node("s = Shape x"),
        node("n = Gather s zero", axis=0),
        node("u = Unsqueeze n zeros"),
        node("d = Concat u rest", axis=0),
        node("f = Reshape x d"),
        node("y = Relu f"),
    ]
    return model(nodes, integers(zero=0, zeros=[0], rest=[-1])), "activation permute"


def _other_ops():
    square, erf = floats(two=2.0), floats(root=2**0.5, one=1.0, half=0.5)
    gelu = [node("d = Div x root"), node("e = Erf d"), node("a = Add e one"), node("m = Mul x a"), node("y = Mul m half")]
    mish = [node("s = Softplus x"), node("t = Tanh s"), node("y = Mul x t")]
    strided = [node(f"{name} = Slice x {b} e a t") for name, b in (("p", "zeros"), ("q", "ones"))] + [node("y = Concat p q", axis=1)]
    slices = integers(zeros=[0, 0], ones=[1, 1], e=[2**40, 2**40], a=[2, 3], t=[2, 2])
    return {
        **_resizes(),
        "resize_uneven": (model([node("y = Resize x - - sizes", mode="linear")], integers(sizes=[1, 8, 30, 15]), shape=(1, 8, 12, 10)), "resize"),
        "resize_axes_18": (model([node("y = Resize x - - sizes", mode="linear", axes=[2, 3])], integers(sizes=[24, 20]), opset=18), "resize"),
        "upsample_linear_9": (model([node("y = Upsample x s", mode="linear")], floats(s=[1, 1, 2, 2]), opset=9), "resize"),
        "attention": _attention(),
        "shape_subgraph": _shape_subgraph(),
        "hard_swish": (model([node("y = HardSwish x")], opset=14), "activation"),
        "hard_sigmoid": (model([node("y = HardSigmoid x", alpha=0.2, beta=0.5)]), "activation"),
        "hard_sigmoid_shifted": (model([node("y = HardSigmoid x", alpha=0.5, beta=0.25)]), "batch_norm activation"),
        "hard_swish_by_parts": (model([node("s = HardSigmoid x", alpha=1 / 6, beta=0.5), node("y = Mul x s")]), "activation"),
        "gelu_by_parts": (model(gelu, erf), "activation"),
        "gelu_20": (model([node("y = Gelu x")], opset=20), "activation"),
        "gelu_tanh_20": (model([node("y = Gelu x", approximate="tanh")], opset=20), "activation"),
        "mish_by_parts": (model(mish), "activation"),
        "mish_18": (model([node("y = Mish x")], opset=18), "activation"),
        "erf": (model([node("y = Erf x")]), "activation"),
        "exp": (model([node("y = Exp x")]), "activation"),
        "tanh": (model([node("y = Tanh x")]), "activation"),
        "elu": (model([node("y = Elu x")]), "activation"),
        "sqrt_abs": (model([node("a = Abs x"), node("y = Sqrt a")]), "batch_norm binary activation"),
        "pow": (model([node("y = Pow x two")], square), "scale"),
        "neg_reciprocal": (model([node("e = Exp x"), node("n = Neg e"), node("y = Reciprocal n")]), "activation batch_norm constant binary"),
        "clip": (model([node("y = Clip x low high")], floats(low=-0.5, high=1.5)), "constant binary constant binary"),
        "clip_hardtan": (model([node("y = Clip x", min=-1.0, max=1.0)], opset=9), "activation"),
        "prelu": (model([node("y = PRelu x w")], weights(w=(8, 1, 1))), "constant binary"),
        "prelu_one": (model([node("y = PRelu x w")], floats(w=[0.25])), "activation"),
        "max_min": (
            model([node("r = Neg x"), node("m = Max x r half"), node("y = Min m x")], floats(half=0.5)),
            "batch_norm binary constant binary binary",
        ),
        "add_constant": (model([node("y = Add x c")], weights(c=(1, 8, 1, 1))), "batch_norm"),
        "add_scalar_first": (model([node("y = Add c x")], floats(c=3.0)), "batch_norm"),
        "sub_from": (model([node("y = Sub c x")], weights(c=(8, 1, 1))), "batch_norm"),
        "div_constant": (model([node("y = Div x c")], floats(c=[[[0.5]]])), "batch_norm"),
        "add_map_constant": (model([node("y = Add x c")], weights(c=(8, 12, 10))), "constant add"),
        "mul_row_constant": (model([node("y = Mul x c")], weights(c=(12, 1))), "constant binary"),
        "two_affines": (model([node("a = Mul x c"), node("y = Add a d")], weights(c=(8, 1, 1), d=(8, 1, 1))), "batch_norm"),
        "broadcast_add": (model([node("p = GlobalAveragePool x"), node("y = Add x p")]), "avg_pool binary"),
        "mul_maps": (model([node("r = Relu x"), node("y = Mul x r")]), "activation scale"),
        "sub_div": (model([node("e = Exp x"), node("d = Sub x e"), node("y = Div d e")]), "activation binary binary"),
        "outer": (
            model([node("h = ReduceMean x", axes=[3]), node("w = ReduceMean x", axes=[2]), node("y = Mul h w")]),
            "avg_pool avg_pool binary",
        ),
        "reduce_mean": (model([node("y = ReduceMean x", axes=[2, 3], keepdims=0)]), "avg_pool"),
        "reduce_mean_18": (model([node("y = ReduceMean x a", keepdims=1)], integers(a=[-1]), opset=18), "avg_pool"),
        "reduce_channels": (model([node("m = ReduceMean x", axes=[1]), node("y = Sub x m")]), "permute avg_pool permute binary"),
        "reduce_max": (model([node("y = ReduceMax x", axes=[2])]), "max_pool"),
        "reduce_l2_sum": (
            model([node("n = ReduceL2 x", axes=[3]), node("y = ReduceSum n a", keepdims=1)], integers(a=[2])),
            "scale avg_pool batch_norm activation avg_pool batch_norm",
        ),
        "global_max": (model([node("y = GlobalMaxPool x")]), "max_pool"),
        "layer_norm_map": (
            model([node("y = LayerNormalization x g b", axis=1)], weights(g=(8, 12, 10), b=(8, 12, 10)), opset=17),
            "permute layer_norm permute",
        ),
        "softmax_width": (model([node("y = Softmax x")]), "permute softmax permute"),
        "concat_width": (model([node("r = Relu x"), node("y = Concat x r", axis=3)]), "activation permute permute concat permute"),
        "concat_constant": (model([node("y = Concat x c", axis=1)], weights(c=(1, 2, 12, 10)), shape=(1, 8, 12, 10)), "constant concat"),
        "slice_rows": (model([node("y = Slice x", starts=[2], ends=[-1], axes=[2])], opset=9), "rearrange"),
        "slice_strided": (model([node("y = Slice x s e a t")], integers(s=[1], e=[8], a=[1], t=[2])), "permute resize permute"),
        "slice_backwards": (model([node("y = Slice x s e a t")], integers(s=[-1], e=[-(2**62)], a=[3], t=[-1])), "resize"),
        "focus": (model(strided, slices), "resize resize resize resize concat"),
        "split_18": (model([node("a y = Split x", axis=1, num_outputs=2)], opset=18), "slice"),
        "split_rows": (model([node("a y = Split x", axis=2)]), "rearrange"),
        "gather_rows": (model([node("y = Gather x i", axis=2)], integers(i=[1, 3, 5])), "resize"),
        "gather_any": (model([node("y = Gather x i", axis=1)], integers(i=[5, 0, 3])), "slice slice slice concat"),
        "gather_one": (model([node("y = Gather x i", axis=2)], integers(i=-1)), "rearrange permute"),
        "dcr": (model([node("y = DepthToSpace x", blocksize=2)]), "permute"),
        "space_to_depth": (model([node("y = SpaceToDepth x", blocksize=2)]), "permute"),
        "channel_shuffle": (
            model(
                [node("r = Reshape x a"), node("t = Transpose r", perm=[0, 2, 1, 3, 4]), node("y = Reshape t b")],
                integers(a=[0, 2, 4, 12, 10], b=[0, 8, 12, 10]),
            ),
            "permute",
        ),
        "reshape": (model([node("y = Reshape x s")], integers(s=[0, 4, 24, 10])), "permute"),
        "reshape_across": (model([node("y = Reshape x s")], integers(s=[0, 15, 64])), "permute permute"),
        "flatten_relu": (model([node("f = Flatten x"), node("y = Relu f")]), "activation permute"),
        "transpose": (model([node("y = Transpose x", perm=[0, 3, 1, 2])]), "permute"),
        "unsqueeze_expand": (
            model(
                [node("p = ReduceMean x", axes=[2, 3], keepdims=0), node("u = Unsqueeze p a"), node("y = Expand u s")],
                integers(a=[2, 3], s=[1, 8, 3, 4]),
            ),
            "avg_pool constant binary",
        ),
        "tile": (model([node("p = GlobalAveragePool x"), node("y = Tile p r")], integers(r=[1, 1, 2, 3])), "avg_pool constant binary"),
        "dense_tokens": (model([node("y = MatMul x w")], weights(w=(10, 6))), "permute conv2d permute"),
        "matmul_maps": (model([node("t = Transpose x", perm=[0, 1, 3, 2]), node("y = MatMul x t")]), "permute permute matmul permute"),
        "gemm_scaled": (model([node("f = Flatten x"), node("y = Gemm f w b", alpha=0.5, beta=2.0)], weights(w=(960, 5), b=(1, 5))), "conv2d"),
        "dilation": (model([node("y = Conv x w", dilations=[2, 3], pads=[2, 3, 2, 3])], weights(w=(6, 8, 3, 3))), "conv2d"),
        "pad_relu": (model([node("p = Pad x s"), node("y = Relu p")], integers(s=[0, 0, 1, 2, 0, 0, 0, 1])), "conv2d activation"),
        "pad_channels": (model([node("y = Pad x s")], integers(s=[0, 1, 0, 0, 0, 2, 0, 0]), shape=(1, 8, 12, 10)), "constant constant concat"),
        "pad_last_channels": (
            model([node("t = Transpose x", perm=[0, 2, 3, 1]), node("p = Pad t s"), node("y = Relu p")], integers(s=[0, 1, 2, 0, 0, 0, 3, 0])),
            "conv2d conv2d activation permute",
        ),
        "pad_value": (
            model([node("y = Pad x s v")], {**integers(s=[0, 0, 1, 0, 0, 0, 0, 2]), **floats(v=1.5)}, shape=(1, 8, 12, 10)),
            "constant permute concat permute permute constant concat permute",
        ),
        "instance_norm": (
            model([node("y = InstanceNormalization x g b")], weights(g=(8,), b=(8,))),
            "avg_pool binary scale avg_pool batch_norm activation binary batch_norm",
        ),
        "group_norm_21": (
            model([node("y = GroupNormalization x g b", num_groups=2)], weights(g=(8,), b=(8,)), opset=21),
            "permute avg_pool permute binary scale avg_pool batch_norm activation binary permute constant binary constant binary permute",
        ),
        "conv_of_constant": (model([node("c = Conv k w"), node("y = Add x c")], weights(w=(8, 2, 1, 1), k=(1, 2, 12, 10))), "constant conv2d add"),
        "pad_axes_18": (model([node("p = Pad x s - a"), node("y = Relu p")], integers(s=[1, 1], a=[2]), opset=18), "conv2d activation"),
        "constant_numbers": (
            model([helper.make_node("Constant", [], ["c"], value_float=2.0), node("y = Mul x c")]),
            "batch_norm",
        ),
        "fixed_batch": (
            model([node("r = Reshape x s"), node("y = Softmax r", axis=1)], integers(s=[2, 8, 120]), shape=(2, 8, 12, 10)),
            "softmax permute",
        ),
        "newest": (model([node("y = Relu x")], opset=25), "activation"),
    }


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
        **_other_ops(),
        "same_names": (model([node("r = Relu x", name="a"), node("y = Sigmoid r", name="a")]), "activation activation"),
    }
