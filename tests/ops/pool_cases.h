// Windows for tests of pools, on the CPU and on the device.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/pool/pool.h"

#include <algorithm>

namespace pose::pool_cases {

// kernel, stride, padding before and after, the same for both axes
struct Square {
  int k, s, before, after;
};
inline constexpr Square kSquares[] = {{1, 1, 0, 0}, {2, 2, 0, 0}, {2, 1, 0, 1},  {3, 2, 1, 1}, {3, 1, 1, 1},
                                      {5, 1, 2, 2}, {9, 1, 4, 4}, {13, 1, 6, 6}, {3, 3, 2, 0}};

inline MaxPool max_of(const Square& q, Outside outside) {
  return {q.k, q.k, q.s, q.s, q.before, q.before, q.after, q.after, outside};
}

inline AvgPool avg_of(const Square& q, bool count_outside) {
  return {false, q.k, q.k, q.s, q.s, q.before, q.before, q.after, q.after, count_outside};
}

inline bool fits(const Square& q, const Shape& s) {
  return std::min(s.h, s.w) + q.before + q.after >= q.k;
}

} // namespace pose::pool_cases
