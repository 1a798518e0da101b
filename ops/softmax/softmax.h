// softmax over the channels of every pixel.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/device_kernel.h"
#include "ops/kernel.h"

#include <span>

namespace pose {

// y(c) = exp(x(c) - max) / sum over c.  Inputs: x.
struct Softmax {};

Shape infer(const Softmax& op, std::span<const Shape> in);
std::int64_t macs(const Softmax& op, std::span<const Shape> in, const Shape& out);

extern const Kernel<Softmax> softmax_avx512, softmax_avx2, softmax_ref;
inline constexpr const Kernel<Softmax>* softmax_kernels[] = {
    &softmax_avx512,
    &softmax_avx2,
    &softmax_ref,
};

extern const DeviceKernel<Softmax> softmax_cuda;
inline constexpr const DeviceKernel<Softmax>* softmax_device_kernels[] = {&softmax_cuda};

} // namespace pose
