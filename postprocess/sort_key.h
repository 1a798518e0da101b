// Sort keys for kernels that find the largest value in the CPU's order.
// SPDX-License-Identifier: MIT
#pragma once

#include "device/simt.h"

namespace pose {

using SortKey = unsigned long long;

// Returns the key of a value.  The larger key belongs to the larger value; of equal values (also 0 and -0), to the smaller index.  NaN is larger than
// any number.
__device__ __forceinline__ SortKey sort_key(float value, int index) {
  const std::uint32_t bits = __float_as_uint(__fadd_rn(value, 0.0f)); // -0 becomes 0
  const std::uint32_t rising = bits >> 31 != 0 ? ~bits : bits | 0x80000000u;
  return SortKey(value == value ? rising : ~0u) << 32 | ~std::uint32_t(index);
}
__device__ __forceinline__ int index_of(SortKey key) {
  return int(~std::uint32_t(key));
}

} // namespace pose
