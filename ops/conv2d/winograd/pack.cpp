// Implements pack.h: 3 x 3 weights for the Winograd kernels, batch norm folded in.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/winograd/pack.h"

#include <algorithm>

namespace pose {

WinogradWeights winograd_weights(const Conv2d& op, int width) {
  return {width, (op.out_c + width - 1) / width, (op.in_c + kLanes - 1) / kLanes * kLanes};
}

std::int64_t winograd_packed_floats(const WinogradWeights& l) {
  return l.shift_at() + std::int64_t(l.panels) * l.width;
}

void pack_winograd(const Conv2d& op, const WinogradWeights& l, const RawWeights& raw, float* packed) {
  constexpr std::int64_t kWindow = 9, kPiece = 128; // weights of a channel at a time, so that their panel stays in the first-level cache
  const std::int64_t count = op.in_c * kWindow;
  for (int first = 0; first < op.out_c; first += l.width) {
    const int end = std::min(first + l.width, op.out_c);
    for (std::int64_t begin = 0; begin < count; begin += kPiece) {
      for (int c = first; c < end; c++) {
        const float* from = raw.tensors[0] + c * count;
        const float scale = scale_of(raw, c);
        const int place = packed_place(op, c);
        float* to = packed + place / l.width * l.panel_floats() + place % l.width;
        for (std::int64_t i = begin; i < std::min(begin + kPiece, count); i++) to[i * l.width] = from[i] * scale;
      }
    }
    for (int c = first; c < end; c++) packed[l.shift_at() + packed_place(op, c)] = shift_of(op, raw, c);
  }
}

} // namespace pose
