// Reference implementation of pool.h.
// SPDX-License-Identifier: MIT
#include "ops/each.h"
#include "ops/pool/pool.h"
#include "ops/pool/window.h"

#include <cmath>

namespace pose {
namespace {

void run_max(const MaxPool& op, const Call& call) noexcept {
  const View<const float> in = call.maps.in[0];
  for_each_element(*call.pool, call.maps.out, [&](int n, int y, int x, int c) {
    const Window rows = window_at(y, op.kernel_h, op.stride_h, op.pad_top, in.shape.h);
    const Window cols = window_at(x, op.kernel_w, op.stride_w, op.pad_left, in.shape.w);
    float top = op.outside == Outside::zero && (rows.cut || cols.cut) ? 0.0f : in.at(n, rows.begin, cols.begin, c);
    for (int iy = rows.begin; iy < rows.end; iy++) {
      for (int ix = cols.begin; ix < cols.end; ix++) {
        const float v = in.at(n, iy, ix, c);
        if (v > top || std::isnan(v)) top = v; // never replaces a NaN by a number
      }
    }
    return top;
  });
}

void run_avg(const AvgPool& op, const Call& call) noexcept {
  const View<const float> in = call.maps.in[0];
  for_each_element(*call.pool, call.maps.out, [&](int n, int y, int x, int c) {
    Window rows{0, in.shape.h, false}, cols{0, in.shape.w, false};
    if (!op.global) {
      rows = window_at(y, op.kernel_h, op.stride_h, op.pad_top, in.shape.h);
      cols = window_at(x, op.kernel_w, op.stride_w, op.pad_left, in.shape.w);
    }
    double sum = 0;
    for (int iy = rows.begin; iy < rows.end; iy++) {
      for (int ix = cols.begin; ix < cols.end; ix++) sum += in.at(n, iy, ix, c);
    }
    const bool whole = op.count_outside && !op.global;
    return sum / (whole ? double(op.kernel_h) * op.kernel_w : double(rows.end - rows.begin) * (cols.end - cols.begin));
  });
}

} // namespace

const Kernel<MaxPool> max_pool_ref{"ref", Target::ref, nullptr, nullptr, nullptr, nullptr, run_max};
const Kernel<AvgPool> avg_pool_ref{"ref", Target::ref, nullptr, nullptr, nullptr, nullptr, run_avg};

} // namespace pose
