// add: the sum of two maps (Darknet's shortcut, a residual connection).
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/activation/act.h"
#include "ops/device_kernel.h"
#include "ops/kernel.h"

#include <span>

namespace pose {

// y = act(a + b).  Inputs: a, b of the same shape.
struct Add {
  Act act = {};
};

Shape infer(const Add& op, std::span<const Shape> in);
std::int64_t macs(const Add& op, std::span<const Shape> in, const Shape& out);

extern const Kernel<Add> add_avx512, add_avx2, add_ref;
inline constexpr const Kernel<Add>* add_kernels[] = {
    &add_avx512,
    &add_avx2,
    &add_ref,
};

extern const DeviceKernel<Add> add_cuda;
inline constexpr const DeviceKernel<Add>* add_device_kernels[] = {&add_cuda};

} // namespace pose
