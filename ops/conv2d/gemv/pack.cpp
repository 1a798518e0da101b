// Implements pack.h: the weight order of the gemv kernels, batch norm folded in.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/gemv/pack.h"

#include "ops/conv2d/pack.h"

#include <algorithm>

namespace pose {

std::int64_t gemv_packed_floats(const Conv2d& op) {
  const GemvLayout l = gemv_layout(op);
  return l.shift_at() + std::int64_t(l.out_blocks) * kLanes;
}

void pack_gemv(const Conv2d& op, int width, const RawWeights& raw, float* packed) {
  const GemvLayout l = gemv_layout(op);
  for (int o = 0; o < op.out_c; o++) {
    const int block = o / kLanes, first = block / width * width, blocks = std::min(width, l.out_blocks - first);
    const float* from = raw.tensors[0] + std::int64_t(o) * op.in_c;
    const float scale = scale_of(raw, o);
    float* to = packed + l.panel_at(first) + (block - first) * kLanes + o % kLanes;
    for (std::int64_t i = 0; i < op.in_c; i++) to[i * blocks * kLanes] = from[i] * scale;
    packed[l.shift_at() + o] = shift_of(op, raw, o);
  }
}

} // namespace pose
