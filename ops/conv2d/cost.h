// What the conv2d kernels cost (Kernel::cost), by counting what they do.  Plain declarations, safe in ISA-specific files.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/conv2d/conv2d.h"

namespace pose {

// Of kernels with vectors of `width` floats, 8 or 16; conv2d_cost.cpp lists the instances.
template <int width> double gemm_cost(const Conv2d& op, const Maps& maps);
// Tiles of M x M outputs, each by `points` products for every pair of input and output channel.
template <int width, int M, int points = (M + 2) * (M + 2)> double winograd_cost(const Conv2d& op, const Maps& maps);

} // namespace pose
