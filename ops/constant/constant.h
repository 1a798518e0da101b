// constant: a map that is part of the network, the same for every image (position embeddings, class tokens, grids).
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/device_kernel.h"
#include "ops/kernel.h"

#include <span>

namespace pose {

// Inputs: none.  Parameter: value [channels][height][width].
struct Constant {
  int channels = 0, height = 0, width = 0;
};

Shape infer(const Constant& op, std::span<const Shape> in);
std::int64_t macs(const Constant& op, std::span<const Shape> in, const Shape& out);

extern const Kernel<Constant> constant_ref;
inline constexpr const Kernel<Constant>* constant_kernels[] = {
    &constant_ref, // copies; no faster one is needed
};

extern const DeviceKernel<Constant> constant_cuda;
inline constexpr const DeviceKernel<Constant>* constant_device_kernels[] = {&constant_cuda};

} // namespace pose
