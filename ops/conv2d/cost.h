// Estimated costs of the CPU conv2d kernels (Kernel::cost), from operation counts.  Plain declarations, safe in ISA-specific files.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/conv2d/conv2d.h"

namespace pose {

// Returns the cost of a kernel with vectors of `width` floats, 8 or 16.  cost.cpp lists the instances.
template <int width> double gemm_cost(const Conv2d& op, const Maps& maps);
// Returns the cost with tiles of M x M outputs, each with `points` products per pair of input and output channel.
template <int width, int M, int points = (M + 2) * (M + 2)> double winograd_cost(const Conv2d& op, const Maps& maps);

} // namespace pose
