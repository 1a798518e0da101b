// conv2d: any kernel, stride, padding and groups, with bias, activation and residual in the epilogue.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/activation/act.h"
#include "ops/device_kernel.h"
#include "ops/kernel.h"

#include <span>

namespace pose {

// Store mode of a convolution's result.
//   plain      as computed
//   shuffle    depth-to-space store by `factor`, with the layout of ops/pixel_shuffle
//   upsample   nearest upsampling by `factor`, as in ops/upsample
enum class StoreMode { plain, shuffle, upsample };

// y = store(post(act(conv(x) * scale + shift) + residual)), where store is the store mode
// Inputs: x, and the residual (same shape as y) when `residual` is set.
// Parameters: weight [out_c][in_c / groups][kernel_h][kernel_w], then bias [out_c] when `bias` is set.
// A fully connected layer is a 1x1 conv2d on a 1x1 map.  A depthwise convolution has groups == in_c.
// The input's halo is at least as wide as every padding, for blocked and compact inputs.  Kernels read zeros there.
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
  // fuse() (nets/lower.h) sets the store mode; a net description cannot.  It requires no residual.
  // After a shuffle the number of channels is a multiple of 16.
  StoreMode placing = StoreMode::plain;
  int factor = 1;
};

// Returns the shape of the convolution's result before the store, where `y` is the stored shape.
POSE_INLINE Shape conv_output_shape(const Conv2d& op, const Shape& y) {
  return {y.n, y.h / op.factor, y.w / op.factor, op.out_c};
}

// Stores `v`, channel c of the convolution's pixel (y, x), according to the store mode: the stores of the reference implementation.
void store_at(const Conv2d& op, const View<float>& out, int n, int y, int x, int c, float v);

// Returns an op with a square kernel, equal strides and symmetric padding.
Conv2d conv2d(int in_c, int out_c, int kernel, int stride, int pad);

Shape infer(const Conv2d& op, std::span<const Shape> in);                         // throws Error
std::int64_t macs(const Conv2d& op, std::span<const Shape> in, const Shape& out); // multiply-adds

extern const Kernel<Conv2d> conv2d_avx512_gemv, conv2d_avx512_depthwise, conv2d_avx512_stem, conv2d_avx512_winograd4, conv2d_avx512_winograd5,
    conv2d_avx512_winograd2, conv2d_avx512_winograd4s2, conv2d_avx512_gemm;
extern const Kernel<Conv2d> conv2d_avx2_gemv, conv2d_avx2_depthwise, conv2d_avx2_stem, conv2d_avx2_winograd4, conv2d_avx2_winograd5,
    conv2d_avx2_winograd2, conv2d_avx2_winograd4s2, conv2d_avx2_gemm;
extern const Kernel<Conv2d> conv2d_ref;
inline constexpr const Kernel<Conv2d>* conv2d_kernels[] = {
    &conv2d_avx512_gemv,        // fully connected: 1 x 1 on a map of one pixel
    &conv2d_avx512_depthwise,   // depthwise
    &conv2d_avx512_stem,        // compact input
    &conv2d_avx512_winograd4,   // 3 x 3, stride 1: F(4x4, 3x3)
    &conv2d_avx512_winograd5,   // 3 x 3, stride 1: F(5x5, 3x3)
    &conv2d_avx512_winograd2,   // 3 x 3, stride 1: F(2x2, 3x3)
    &conv2d_avx512_winograd4s2, // 3 x 3, stride 2: F(4x4, 3x3)
    &conv2d_avx512_gemm,        // all other convolutions
    &conv2d_avx2_gemv,          // fully connected: 1 x 1 on a map of one pixel
    &conv2d_avx2_depthwise,     // depthwise
    &conv2d_avx2_stem,          // compact input
    &conv2d_avx2_winograd4,     // 3 x 3, stride 1: F(4x4, 3x3)
    &conv2d_avx2_winograd5,     // 3 x 3, stride 1: F(5x5, 3x3)
    &conv2d_avx2_winograd2,     // 3 x 3, stride 1: F(2x2, 3x3)
    &conv2d_avx2_winograd4s2,   // 3 x 3, stride 2: F(4x4, 3x3)
    &conv2d_avx2_gemm,          // all other convolutions
    &conv2d_ref,                // reference implementation
};

// GPU kernels, named by the pixels x channels of a block's tile.  The planner takes the cheapest by their estimates.
extern const DeviceKernel<Conv2d> conv2d_cuda_ffma128x128, conv2d_cuda_ffma128x64, conv2d_cuda_ffma64x64, conv2d_cuda_ffma32x64;
extern const DeviceKernel<Conv2d> conv2d_cuda_mma128x128, conv2d_cuda_mma128x64, conv2d_cuda_mma128x32, conv2d_cuda_mma64x64, conv2d_cuda_mma64x32;
extern const DeviceKernel<Conv2d> conv2d_cuda_wgmma128x128, conv2d_cuda_wgmma128x256;
extern const DeviceKernel<Conv2d> conv2d_cuda_dense, conv2d_cuda_depthwise, conv2d_cuda_grouped;
inline constexpr const DeviceKernel<Conv2d>* conv2d_device_kernels[] = {
    &conv2d_cuda_dense,       // 1 x 1 on a map of one pixel; like the next two it has no cost, so it is taken wherever it is usable
    &conv2d_cuda_depthwise,   // depthwise
    &conv2d_cuda_grouped,     // other groups
    &conv2d_cuda_ffma128x128, // exact fp32
    &conv2d_cuda_ffma128x64,   &conv2d_cuda_ffma64x64, &conv2d_cuda_ffma32x64,
    &conv2d_cuda_mma128x128, // tensor cores: tf32, fp16
    &conv2d_cuda_mma128x64,    &conv2d_cuda_mma128x32, &conv2d_cuda_mma64x64,  &conv2d_cuda_mma64x32,
    &conv2d_cuda_wgmma128x128, // Hopper tensor cores: fp16
    &conv2d_cuda_wgmma128x256,
};

} // namespace pose
