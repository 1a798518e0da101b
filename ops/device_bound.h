// Error bounds of device kernels by precision.  Tests and benchmarks only.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/device_kernel.h"

#include <cmath>

namespace pose {

// Bounds the error of a value that is rounded once to the element that the precision stores.
inline double device_store_bound(Precision p, double want) {
  return element_of(p) == Element::f16 ? std::fabs(want) * 0x1p-11 + 0x1p-25 : 0;
}

// Bounds the error of a sum of `terms` products with weights, in units of the sum of their |terms|.
// fp16 rounds the folded weights to 11 bits; tf32 rounds both factors to 11 bits.
// Tensor cores add with at least 24 bits, but may truncate each sum.
inline double device_sum_bound(Precision p, double terms) {
  const double factors = p == Precision::fp32 ? 0 : p == Precision::tf32 ? 0x1p-10 * (1 + 0x1p-12) : 0x1p-11;
  return factors + (terms + 4) * (p == Precision::fp32 ? 0x1p-24 : 0x1p-23);
}

} // namespace pose
