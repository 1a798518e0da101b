// max_pool and avg_pool: reductions over windows or over whole maps.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/device_kernel.h"
#include "ops/kernel.h"

#include <span>

namespace pose {

// The treatment of pixels outside the map.
//   ignore   leaves them out (PyTorch's -inf, Darknet)
//   zero     counts them as 0 (AlphaPose's SPP blocks, docs/spec.md section 3)
enum class Outside { ignore, zero };

// y = max over the window.  Inputs: x.  The windows are those of a convolution with this padding.
struct MaxPool {
  int kernel_h = 1, kernel_w = 1;
  int stride_h = 1, stride_w = 1;
  int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  Outside outside = Outside::ignore;
};

// y = mean over the window, divided by the number of pixels inside the map (count_outside false) or by the window's size.
// global: the window is the whole map and the result is 1x1; the other fields are not read.  Inputs: x.
struct AvgPool {
  bool global = false;
  int kernel_h = 1, kernel_w = 1;
  int stride_h = 1, stride_w = 1;
  int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  bool count_outside = false;
};

Shape infer(const MaxPool& op, std::span<const Shape> in);
Shape infer(const AvgPool& op, std::span<const Shape> in);
std::int64_t macs(const MaxPool& op, std::span<const Shape> in, const Shape& out);
std::int64_t macs(const AvgPool& op, std::span<const Shape> in, const Shape& out);

extern const Kernel<MaxPool> max_pool_avx512, max_pool_avx2, max_pool_ref;
inline constexpr const Kernel<MaxPool>* max_pool_kernels[] = {
    &max_pool_avx512,
    &max_pool_avx2,
    &max_pool_ref,
};

extern const Kernel<AvgPool> avg_pool_avx512_global, avg_pool_avx512, avg_pool_avx2_global, avg_pool_avx2, avg_pool_ref;
inline constexpr const Kernel<AvgPool>* avg_pool_kernels[] = {
    &avg_pool_avx512_global, &avg_pool_avx512, &avg_pool_avx2_global, &avg_pool_avx2, &avg_pool_ref,
};

extern const DeviceKernel<MaxPool> max_pool_cuda_tiles, max_pool_cuda;
inline constexpr const DeviceKernel<MaxPool>* max_pool_device_kernels[] = {&max_pool_cuda_tiles, &max_pool_cuda};

extern const DeviceKernel<AvgPool> avg_pool_cuda_global, avg_pool_cuda;
inline constexpr const DeviceKernel<AvgPool>* avg_pool_device_kernels[] = {&avg_pool_cuda_global, &avg_pool_cuda};

} // namespace pose
