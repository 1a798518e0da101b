// for_each_element: the loop over all elements that the reference kernels share.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/kernel.h"

namespace pose {

// Writes y(n, y, x, c) = f(n, y, x, c), rounded once, and zeros to the padding lanes.  Rows are computed in parallel.
template <class F> void for_each_element(Pool& pool, const View<float>& out, F f) {
  const Shape s = out.shape;
  const int lanes = out.blocked() ? s.blocks() * kLanes : s.c;
  auto row = [&](std::int64_t tile, int) {
    const int n = int(tile / s.h), y = int(tile % s.h);
    for (int x = 0; x < s.w; x++) {
      for (int c = 0; c < lanes; c++) out.at(n, y, x, c) = c < s.c ? float(f(n, y, x, c)) : 0.0f;
    }
  };
  parallel_for(pool, std::int64_t(s.n) * s.h, row);
}

} // namespace pose
