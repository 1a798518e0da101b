# Small ONNX models that the converter must refuse, hostile ones among them.
# SPDX-License-Identifier: MIT

import numpy as np
from onnx import TensorProto, helper

from onnx_cases import floats, integers, model, node, weights


def external(**entries):
    """Returns (a model whose weight is in another file, the weight).  entries: of external_data"""
    array = weights(w=(6, 8, 3, 3))["w"]
    proto = model([node("y = Conv x w")], {"w": array})
    tensor = proto.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in entries.items():
        tensor.external_data.add(key=key, value=value)
    return proto, array


def refused():
    """Returns name -> (model, words of the message)."""
    w = weights(w=(6, 8, 3, 3))
    short = model([node("y = Conv x w")], w)
    short.graph.initializer[0].raw_data = b"1234"
    infinite = {"w": np.full((6, 8, 3, 3), np.inf, np.float32)}
    huge = integers(s=[2**40, 2**40])
    cycle = model([node("a = Relu b"), node("b = Relu a"), node("y = Add a x")])
    negative = model([node("y = Conv x w")], w)
    negative.graph.initializer[0].dims[0] = -6
    return {
        "op": (model([node("y = Einsum x", name="bad_one", equation="ij")]), "bad_one Einsum at the export"),
        "every_op": (
            model([node("a = NonZero x", name="one"), node("b = Relu a"), node("c = Det x", name="two"), node("y = Concat b c x", axis=1)]),
            "'one' (NonZero) 'two' (Det) --outputs",
        ),
        "domain": (model([helper.make_node("Relu", ["x"], ["y"], domain="com.example")]), "com.example.Relu"),
        "opset": (model([node("y = Relu x")], opset=5), "opset 7 or later found 5"),
        "unknown_attribute": (model([node("y = Conv x w", surprise=1)], w), "attribute surprise"),
        "dynamic_shape": (model([node("y = Relu x")], shape=("n", 3, "h", "w")), "input 'x' --shape"),
        "unknown_rank": (model([node("y = Relu x")], shape=None), "input 'x'"),
        "three_sides": (model([node("y = Relu x")], shape=(1, 3, 8)), "input 'x'"),
        "no_such_input": (model([node("y = Relu z")]), "Relu input 0 'z'"),
        "cycle": (cycle, "Relu input 0 'b'"),
        "computed_weight": (model([node("r = Relu x"), node("y = Conv x r")]), "the weight as a constant"),
        "weight_shape": (model([node("y = Conv x w")], weights(w=(6, 7, 3, 3))), "a weight"),
        "integer_weight": (model([node("y = Conv x w")], integers(w=np.ones((6, 8, 3, 3)))), "float numbers int64"),
        "infinite_weight": (model([node("y = Conv x w")], infinite), "tensor w finite"),
        "short_weight": (short, "tensor 'w'"),
        "negative_shape": (negative, "tensor 'w' shape"),
        "large_kernel": (model([node("y = Conv x w")], weights(w=(2, 8, 20, 3))), "kernel"),
        "large_dilation": (model([node("y = Conv x w", dilations=[2**40, 1])], w), "dilations"),
        "negative_pads": (model([node("y = Conv x w", pads=[-1, 0, 0, 0])], w), "pads"),
        "huge_groups": (model([node("y = Conv x w", group=2**40)], w), "a weight"),
        "huge_constant": (model([node("c = ConstantOfShape s"), node("y = Add x c")], huge), "a constant of at most"),
        "huge_expand": (model([node("y = Expand x s")], integers(s=[2**20, 8, 2**15, 2**15])), "Expand"),
        "huge_tile": (model([node("p = GlobalAveragePool x"), node("y = Tile p r")], integers(r=[1, 1, 2**40, 1])), "Tile"),
        "huge_resize": (model([node("y = Resize x - s", mode="linear")], floats(s=[1, 1, 1e9, 1])), "sizes"),
        "huge_range": (model([node("c = Range a b d"), node("y = Add x c")], integers(a=0, b=2**60, d=1)), "a constant of at most"),
        "broadcast": (model([node("r = Relu x"), node("s = Slice r b e a"), node("y = Add x s")], integers(b=[0], e=[3], a=[2])), "equal or 1"),
        "cubic": (model([node("y = Resize x - s", mode="cubic")], floats(s=[1, 1, 2, 2])), "nearest cubic at the export"),
        "resize_batch": (model([node("y = Resize x - s", mode="linear")], floats(s=[2, 1, 2, 2])), "height and width only"),
        "resize_rule": (model([node("y = Resize x - s", coordinate_transformation_mode="tf_crop_and_resize")], floats(s=[1, 1, 3, 3])), "rules"),
        "softplus": (model([node("s = Softplus x"), node("y = Relu s")]), "Mish"),
        "power": (model([node("y = Pow x e")], floats(e=2.5)), "exponent"),
        "divisor": (model([node("y = Div x c")], floats(c=0.0)), "divisor"),
        "slice_empty": (model([node("y = Slice x", starts=[5], ends=[5], axes=[1])], opset=9), "a range of the 8 elements"),
        "slice_no_step": (model([node("y = Slice x s e a t")], integers(s=[0], e=[8], a=[1], t=[0])), "no step of 0"),
        "split_parts": (model([node("a y = Split x", axis=1, split=[3, 4])], opset=9), "2 parts of 8"),
        "gather_outside": (model([node("y = Gather x i", axis=1)], integers(i=9)), "below 8"),
        "reshape_batch": (model([node("y = Reshape x s")], integers(s=[2, 8, 6, 10])), "output 'y'"),
        "reshape_fixed_batch": (model([node("y = Reshape x s")], integers(s=[3, 8, 8, 10]), shape=(2, 8, 12, 10)), "batch"),
        "reshape_count": (model([node("y = Reshape x s")], integers(s=[0, 7, -1])), "960 numbers"),
        "unsqueezed": (model([node("y = Unsqueeze x a")], integers(a=[1, 1])), "different axes"),
        "transposed": (model([node("y = Transpose x", perm=[0, 1, 1, 2])]), "perm"),
        "matmul": (model([node("y = MatMul x x")]), "matrices that fit"),
        "pad_output": (model([node("y = Pad x s")], integers(s=[0, 0, 1, 1, 0, 0, 1, 1])), "output 'y'"),
        "pad_negative": (model([node("y = Pad x s")], integers(s=[0, -1, 0, 0, 0, 0, 0, 0])), "pads"),
        "pad_batch": (model([node("y = Pad x s")], integers(s=[1, 0, 0, 0, 0, 0, 0, 0])), "output 'y'"),
        "pad_huge": (model([node("y = Pad x s")], integers(s=[0, 2**40, 0, 0, 0, 0, 0, 0])), "pads"),
        "groups": (model([node("y = GroupNormalization x g b", num_groups=3)], weights(g=(8,), b=(8,)), opset=21), "8 channels"),
        "pad_reflect": (model([node("y = Pad x s", mode="reflect")], integers(s=[0, 0, 1, 1, 0, 0, 1, 1])), "constant reflect"),
        "no_output": (model([node("y = Relu x")], outputs=()), "at least one output"),
        "output_missing": (model([node("y = Relu x")], outputs=("z",)), "output 'z'"),
        "defined_twice": (model([node("y = Relu x"), node("y = Sigmoid x")]), "value 'y'"),
        "text_for_numbers": (model([helper.make_node("Conv", ["x", "w"], ["y"], strides="text")], w), "y Conv"),
    }
