# What to change at the export of an ONNX model, for ops that are not converted.
# SPDX-License-Identifier: MIT

_POST = "export without post-processing, or name the tensors before it with --outputs"
_CONTROL = "export with fixed shapes and without branches that depend on data (torch.onnx.export of a traced module)"
_QUANTIZED = "export the network in float32, before it is quantized"
_RECURRENT = "recurrent layers have no kernels here"

HINTS = {
    "ArgMax": _POST,
    "ArgMin": _POST,
    "GatherND": _POST,
    "NonMaxSuppression": _POST,
    "NonZero": _POST,
    "RoiAlign": _POST,
    "ScatterND": _POST,
    "TopK": _POST,
    "If": _CONTROL,
    "Loop": _CONTROL,
    "Scan": _CONTROL,
    "ConvInteger": _QUANTIZED,
    "DequantizeLinear": _QUANTIZED,
    "DynamicQuantizeLinear": _QUANTIZED,
    "MatMulInteger": _QUANTIZED,
    "QLinearConv": _QUANTIZED,
    "QLinearMatMul": _QUANTIZED,
    "QuantizeLinear": _QUANTIZED,
    "GRU": _RECURRENT,
    "LSTM": _RECURRENT,
    "RNN": _RECURRENT,
    "Einsum": "write the product as torch.matmul",
    "GridSample": "replace it by an interpolation of a fixed size",
    "Softplus": "use mish as torch.nn.Mish",
}


def hint_of(op_type):
    hint = HINTS.get(op_type)
    return f"; at the export: {hint}" if hint else "; at the export: replace this layer by known ones, or end the network before it with --outputs"
