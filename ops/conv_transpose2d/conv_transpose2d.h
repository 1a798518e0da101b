// conv_transpose2d: the gradient of conv2d with respect to its input, as in PyTorch's ConvTranspose2d and ONNX's ConvTranspose.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/activation/act.h"
#include "ops/device_kernel.h"
#include "ops/kernel.h"

#include <span>

namespace pose {

// y = act(conv_transpose(x) * scale + shift); out side = (in - 1) * stride - pad_before - pad_after + kernel + output_pad.
// Inputs: x.  Parameters: weight [in_c][out_c / groups][kernel_h][kernel_w], then bias [out_c] when `bias` is set.
struct ConvTranspose2d {
  int in_c = 0, out_c = 0;
  int kernel_h = 1, kernel_w = 1;
  int stride_h = 1, stride_w = 1;
  int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  int output_pad_h = 0, output_pad_w = 0;
  int groups = 1;
  bool bias = false;
  Act act = {};
};

Shape infer(const ConvTranspose2d& op, std::span<const Shape> in);
std::int64_t macs(const ConvTranspose2d& op, std::span<const Shape> in, const Shape& out);

extern const Kernel<ConvTranspose2d> conv_transpose2d_avx512_depthwise, conv_transpose2d_avx512;
extern const Kernel<ConvTranspose2d> conv_transpose2d_avx2_depthwise, conv_transpose2d_avx2, conv_transpose2d_ref;
inline constexpr const Kernel<ConvTranspose2d>* conv_transpose2d_kernels[] = {
    &conv_transpose2d_avx512_depthwise, &conv_transpose2d_avx512, &conv_transpose2d_avx2_depthwise, &conv_transpose2d_avx2, &conv_transpose2d_ref,
};

extern const DeviceKernel<ConvTranspose2d> conv_transpose2d_cuda_depthwise, conv_transpose2d_cuda;
inline constexpr const DeviceKernel<ConvTranspose2d>* conv_transpose2d_device_kernels[] = {
    &conv_transpose2d_cuda_depthwise, // depthwise
    &conv_transpose2d_cuda,           // all other convolutions
};

} // namespace pose
