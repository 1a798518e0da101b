// scale: multiplies every channel, or every element, by its factor (the last step of channel and of spatial attention) and adds a residual.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/activation/act.h"
#include "ops/device_kernel.h"
#include "ops/kernel.h"

#include <span>

namespace pose {

// y = act(x * s + residual), s being n x c x 1 x 1 or of the shape of x.  Inputs: x, s, and the residual when `residual` is set.
struct Scale {
  bool residual = false;
  Act act = {};
};

Shape infer(const Scale& op, std::span<const Shape> in);
std::int64_t macs(const Scale& op, std::span<const Shape> in, const Shape& out);

extern const Kernel<Scale> scale_avx512, scale_avx2, scale_ref;
inline constexpr const Kernel<Scale>* scale_kernels[] = {
    &scale_avx512,
    &scale_avx2,
    &scale_ref,
};

extern const DeviceKernel<Scale> scale_cuda;
inline constexpr const DeviceKernel<Scale>* scale_device_kernels[] = {&scale_cuda};

} // namespace pose
