// upsample: every pixel becomes factor x factor equal pixels (nearest neighbor).
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/device_kernel.h"
#include "ops/kernel.h"

#include <span>

namespace pose {

// y(y, x) = x(y / factor, x / factor).  Inputs: x.
struct Upsample {
  int factor = 2;
};

Shape infer(const Upsample& op, std::span<const Shape> in);
std::int64_t macs(const Upsample& op, std::span<const Shape> in, const Shape& out);

extern const Kernel<Upsample> upsample_avx512, upsample_avx2, upsample_ref;
inline constexpr const Kernel<Upsample>* upsample_kernels[] = {
    &upsample_avx512,
    &upsample_avx2,
    &upsample_ref,
};

extern const DeviceKernel<Upsample> upsample_cuda;
inline constexpr const DeviceKernel<Upsample>* upsample_device_kernels[] = {&upsample_cuda};

} // namespace pose
