// conv2d: any kernel, stride, padding and groups, with bias, activation and residual in the epilogue.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/activation/act.h"
#include "ops/device_kernel.h"
#include "ops/kernel.h"

#include <span>

namespace pose {

// What becomes of a convolution's results: they lie as they are, as a pixel shuffle (ops/pixel_shuffle) or as an upsampling (ops/upsample) by
// `factor` would lay them.
enum class StoreMode { plain, shuffle, upsample };

// y = placing(post(act(conv(x) * scale + shift) + residual))
// Inputs: x, and the residual (same shape as y) when `residual` is set.
// Parameters: weight [out_c][in_c / groups][kernel_h][kernel_w], then bias [out_c] when `bias` is set.
// A dense layer is a 1x1 conv2d on a 1x1 map; depthwise is groups == in_c.
// The input's halo is at least as wide as every padding: kernels read zeros there.  Blocked and compact inputs alike.
struct Conv2d {
  int in_c = 0, out_c = 0;
  int kernel_h = 1, kernel_w = 1;
  int stride_h = 1, stride_w = 1;
  int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  int groups = 1;
  bool bias = false;
  Act act;
  bool residual = false;
  Act post;
  // Set by fuse() (nets/lower.h), no part of a description: without a residual, and a shuffle leaves a multiple of 16 channels.
  StoreMode placing = StoreMode::plain;
  int factor = 1;
};

// The convolution's own result, where `y` is the shape of what it stores.
POSE_INLINE Shape conv_output_shape(const Conv2d& op, const Shape& y) {
  return {y.n, y.h / op.factor, y.w / op.factor, op.out_c};
}

// Square kernel, stride and symmetric padding.
Conv2d conv2d(int in_c, int out_c, int kernel, int stride, int pad);

Shape infer(const Conv2d& op, std::span<const Shape> in);                         // throws Error
std::int64_t macs(const Conv2d& op, std::span<const Shape> in, const Shape& out); // multiply-adds

extern const Kernel<Conv2d> conv2d_avx512_gemv, conv2d_avx512_depthwise, conv2d_avx512_stem, conv2d_avx512_winograd4, conv2d_avx512_winograd6,
    conv2d_avx512_winograd2, conv2d_avx512_winograd4s2, conv2d_avx512_gemm;
extern const Kernel<Conv2d> conv2d_avx2_gemv, conv2d_avx2_depthwise, conv2d_avx2_stem, conv2d_avx2_winograd4, conv2d_avx2_winograd6,
    conv2d_avx2_winograd2, conv2d_avx2_winograd4s2, conv2d_avx2_gemm;
extern const Kernel<Conv2d> conv2d_ref;
inline constexpr const Kernel<Conv2d>* conv2d_kernels[] = {
    &conv2d_avx512_gemv,        // dense layers: 1 x 1 on a map of one pixel
    &conv2d_avx512_depthwise,   // one filter a channel
    &conv2d_avx512_stem,        // compact input
    &conv2d_avx512_winograd4,   // 3 x 3 of stride 1 by F(4x4, 3x3)
    &conv2d_avx512_winograd6,   // by F(6x6, 3x3)
    &conv2d_avx512_winograd2,   // by F(2x2, 3x3)
    &conv2d_avx512_winograd4s2, // 3 x 3 of stride 2 by F(4x4, 3x3)
    &conv2d_avx512_gemm,        // everything else
    &conv2d_avx2_gemv,          // dense layers: 1 x 1 on a map of one pixel
    &conv2d_avx2_depthwise,     // one filter a channel
    &conv2d_avx2_stem,          // compact input
    &conv2d_avx2_winograd4,     // 3 x 3 of stride 1 by F(4x4, 3x3)
    &conv2d_avx2_winograd6,     // by F(6x6, 3x3)
    &conv2d_avx2_winograd2,     // by F(2x2, 3x3)
    &conv2d_avx2_winograd4s2,   // 3 x 3 of stride 2 by F(4x4, 3x3)
    &conv2d_avx2_gemm,          // everything else
    &conv2d_ref,                // the definition
};

// On the GPU, the cheapest by their estimates; named by pixels x channels of a block's tile.
extern const DeviceKernel<Conv2d> conv2d_cuda_ffma128x128, conv2d_cuda_ffma128x64, conv2d_cuda_ffma64x64, conv2d_cuda_ffma32x64;
extern const DeviceKernel<Conv2d> conv2d_cuda_mma128x128, conv2d_cuda_mma128x64, conv2d_cuda_mma128x32, conv2d_cuda_mma64x64, conv2d_cuda_mma64x32;
extern const DeviceKernel<Conv2d> conv2d_cuda_wgmma128x128, conv2d_cuda_wgmma128x256;
extern const DeviceKernel<Conv2d> conv2d_cuda_dense, conv2d_cuda_depthwise, conv2d_cuda_grouped;
inline constexpr const DeviceKernel<Conv2d>* conv2d_device_kernels[] = {
    &conv2d_cuda_dense,       // 1 x 1 on a map of one pixel; without a cost, so that it is taken where it can be, as the next two
    &conv2d_cuda_depthwise,   // one filter a channel
    &conv2d_cuda_grouped,     // other groups
    &conv2d_cuda_ffma128x128, // exact fp32
    &conv2d_cuda_ffma128x64,   &conv2d_cuda_ffma64x64, &conv2d_cuda_ffma32x64,
    &conv2d_cuda_mma128x128, // tensor cores: tf32, fp16
    &conv2d_cuda_mma128x64,    &conv2d_cuda_mma128x32, &conv2d_cuda_mma64x64,  &conv2d_cuda_mma64x32,
    &conv2d_cuda_wgmma128x128, // Hopper's: fp16
    &conv2d_cuda_wgmma128x256,
};

} // namespace pose
