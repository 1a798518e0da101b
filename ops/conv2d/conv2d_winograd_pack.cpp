// 3 x 3 weights for the Winograd kernels, batch norm folded in.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/conv2d_winograd_pack.h"

namespace pose {

WinogradWeights winograd_weights(const Conv2d& op, int width) {
  return {width, (op.out_c + width - 1) / width, (op.in_c + kLanes - 1) / kLanes * kLanes};
}

std::int64_t winograd_packed_floats(const WinogradWeights& l) {
  return l.shift_at() + std::int64_t(l.panels) * l.width;
}

void pack_winograd(const Conv2d& op, const WinogradWeights& l, const RawWeights& raw, float* packed) {
  constexpr int kWindow = 9;
  for (int c = 0; c < op.out_c; c++) {
    const float* from = raw.tensors[0] + std::int64_t(c) * op.in_c * kWindow;
    const float scale = scale_of(raw, c);
    const int place = packed_place(op, c);
    float* to = packed + place / l.width * l.panel_floats() + place % l.width;
    for (std::int64_t i = 0; i < std::int64_t(op.in_c) * kWindow; i++) to[i * l.width] = from[i] * scale;
    packed[l.shift_at() + place] = shift_of(op, raw, c);
  }
}

} // namespace pose
