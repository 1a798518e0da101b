// Op: a variant of all ops, for graphs and for code that treats all ops alike.  Not for ISA-specific files.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/activation/activation.h"
#include "ops/add/add.h"
#include "ops/batch_norm/batch_norm.h"
#include "ops/binary/binary.h"
#include "ops/concat/concat.h"
#include "ops/constant/constant.h"
#include "ops/conv2d/conv2d.h"
#include "ops/conv_transpose2d/conv_transpose2d.h"
#include "ops/layer_norm/layer_norm.h"
#include "ops/matmul/matmul.h"
#include "ops/permute/permute.h"
#include "ops/pixel_shuffle/pixel_shuffle.h"
#include "ops/pool/pool.h"
#include "ops/rearrange/rearrange.h"
#include "ops/resize/resize.h"
#include "ops/scale/scale.h"
#include "ops/simcc_head/simcc_head.h"
#include "ops/softmax/softmax.h"
#include "ops/upsample/upsample.h"
#include "ops/yolo_head/yolo_head.h"

#include <variant>

namespace pose {

// A map that the caller fills.  It has no kernel.
struct Input {
  Shape shape; // n is 1
};

using Op = std::variant<Input, Conv2d, ConvTranspose2d, BatchNorm, Activation, MaxPool, AvgPool, Upsample, Concat, Slice, Add, Scale, PixelShuffle,
                        Rearrange, Softmax, YoloHead, Binary, Constant, LayerNorm, Matmul, Permute, Resize, SimccHead>;

// The name of an op, as in the folder names and the graph files.
template <class P> inline constexpr const char* op_name = nullptr;
template <> inline constexpr const char* op_name<Input> = "input";
template <> inline constexpr const char* op_name<Conv2d> = "conv2d";
template <> inline constexpr const char* op_name<ConvTranspose2d> = "conv_transpose2d";
template <> inline constexpr const char* op_name<BatchNorm> = "batch_norm";
template <> inline constexpr const char* op_name<Activation> = "activation";
template <> inline constexpr const char* op_name<MaxPool> = "max_pool";
template <> inline constexpr const char* op_name<AvgPool> = "avg_pool";
template <> inline constexpr const char* op_name<Upsample> = "upsample";
template <> inline constexpr const char* op_name<Concat> = "concat";
template <> inline constexpr const char* op_name<Slice> = "slice";
template <> inline constexpr const char* op_name<Add> = "add";
template <> inline constexpr const char* op_name<Scale> = "scale";
template <> inline constexpr const char* op_name<PixelShuffle> = "pixel_shuffle";
template <> inline constexpr const char* op_name<Rearrange> = "rearrange";
template <> inline constexpr const char* op_name<Softmax> = "softmax";
template <> inline constexpr const char* op_name<YoloHead> = "yolo_head";
template <> inline constexpr const char* op_name<Binary> = "binary";
template <> inline constexpr const char* op_name<Constant> = "constant";
template <> inline constexpr const char* op_name<LayerNorm> = "layer_norm";
template <> inline constexpr const char* op_name<Matmul> = "matmul";
template <> inline constexpr const char* op_name<Permute> = "permute";
template <> inline constexpr const char* op_name<Resize> = "resize";
template <> inline constexpr const char* op_name<SimccHead> = "simcc_head";

// The table of an op's kernels, best first, the reference last.
template <class P> inline constexpr auto kernels_of = nullptr;
template <> inline constexpr auto& kernels_of<Conv2d> = conv2d_kernels;
template <> inline constexpr auto& kernels_of<ConvTranspose2d> = conv_transpose2d_kernels;
template <> inline constexpr auto& kernels_of<BatchNorm> = batch_norm_kernels;
template <> inline constexpr auto& kernels_of<Activation> = activation_kernels;
template <> inline constexpr auto& kernels_of<MaxPool> = max_pool_kernels;
template <> inline constexpr auto& kernels_of<AvgPool> = avg_pool_kernels;
template <> inline constexpr auto& kernels_of<Upsample> = upsample_kernels;
template <> inline constexpr auto& kernels_of<Concat> = concat_kernels;
template <> inline constexpr auto& kernels_of<Slice> = slice_kernels;
template <> inline constexpr auto& kernels_of<Add> = add_kernels;
template <> inline constexpr auto& kernels_of<Scale> = scale_kernels;
template <> inline constexpr auto& kernels_of<PixelShuffle> = pixel_shuffle_kernels;
template <> inline constexpr auto& kernels_of<Rearrange> = rearrange_kernels;
template <> inline constexpr auto& kernels_of<Softmax> = softmax_kernels;
template <> inline constexpr auto& kernels_of<YoloHead> = yolo_head_kernels;
template <> inline constexpr auto& kernels_of<Binary> = binary_kernels;
template <> inline constexpr auto& kernels_of<Constant> = constant_kernels;
template <> inline constexpr auto& kernels_of<LayerNorm> = layer_norm_kernels;
template <> inline constexpr auto& kernels_of<Matmul> = matmul_kernels;
template <> inline constexpr auto& kernels_of<Permute> = permute_kernels;
template <> inline constexpr auto& kernels_of<Resize> = resize_kernels;
template <> inline constexpr auto& kernels_of<SimccHead> = simcc_head_kernels;

// The table of an op's device kernels.
template <class P> inline constexpr auto device_kernels_of = nullptr;
template <> inline constexpr auto& device_kernels_of<Conv2d> = conv2d_device_kernels;
template <> inline constexpr auto& device_kernels_of<ConvTranspose2d> = conv_transpose2d_device_kernels;
template <> inline constexpr auto& device_kernels_of<Activation> = activation_device_kernels;
template <> inline constexpr auto& device_kernels_of<Add> = add_device_kernels;
template <> inline constexpr auto& device_kernels_of<Scale> = scale_device_kernels;
template <> inline constexpr auto& device_kernels_of<BatchNorm> = batch_norm_device_kernels;
template <> inline constexpr auto& device_kernels_of<Upsample> = upsample_device_kernels;
template <> inline constexpr auto& device_kernels_of<PixelShuffle> = pixel_shuffle_device_kernels;
template <> inline constexpr auto& device_kernels_of<Concat> = concat_device_kernels;
template <> inline constexpr auto& device_kernels_of<Slice> = slice_device_kernels;
template <> inline constexpr auto& device_kernels_of<Rearrange> = rearrange_device_kernels;
template <> inline constexpr auto& device_kernels_of<Softmax> = softmax_device_kernels;
template <> inline constexpr auto& device_kernels_of<YoloHead> = yolo_head_device_kernels;
template <> inline constexpr auto& device_kernels_of<MaxPool> = max_pool_device_kernels;
template <> inline constexpr auto& device_kernels_of<AvgPool> = avg_pool_device_kernels;
template <> inline constexpr auto& device_kernels_of<Binary> = binary_device_kernels;
template <> inline constexpr auto& device_kernels_of<Constant> = constant_device_kernels;
template <> inline constexpr auto& device_kernels_of<LayerNorm> = layer_norm_device_kernels;
template <> inline constexpr auto& device_kernels_of<Matmul> = matmul_device_kernels;
template <> inline constexpr auto& device_kernels_of<Permute> = permute_device_kernels;
template <> inline constexpr auto& device_kernels_of<Resize> = resize_device_kernels;
template <> inline constexpr auto& device_kernels_of<SimccHead> = simcc_head_device_kernels;

} // namespace pose
