// pixel_shuffle: groups of factor^2 channels become factor x factor pixels (Shi et al. 2016; PyTorch's channel order).
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/device_kernel.h"
#include "ops/kernel.h"

#include <span>

namespace pose {

// y(factor*y + i, factor*x + j, c) = x(y, x, factor*factor*c + factor*i + j).  Inputs: x.
struct PixelShuffle {
  int factor = 2;
};

Shape infer(const PixelShuffle& op, std::span<const Shape> in);
std::int64_t macs(const PixelShuffle& op, std::span<const Shape> in, const Shape& out);

extern const Kernel<PixelShuffle> pixel_shuffle_avx512, pixel_shuffle_avx2, pixel_shuffle_ref;
inline constexpr const Kernel<PixelShuffle>* pixel_shuffle_kernels[] = {
    &pixel_shuffle_avx512,
    &pixel_shuffle_avx2,
    &pixel_shuffle_ref,
};

extern const DeviceKernel<PixelShuffle> pixel_shuffle_cuda_2, pixel_shuffle_cuda;
inline constexpr const DeviceKernel<PixelShuffle>* pixel_shuffle_device_kernels[] = {&pixel_shuffle_cuda_2, &pixel_shuffle_cuda};

} // namespace pose
