// Shared by the three steps of docs/kernels.md: 1 x 1 convolutions of stride 1, their packed weights, the epilogue.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/activation/activation.h"
#include "ops/conv2d/pack.h"
#include "ops/registered.h"

#include <algorithm>

namespace example {

using namespace pose;

inline bool accepts(const Conv2d& op, const Maps& maps) {
  const int pads = op.pad_top + op.pad_left + op.pad_bottom + op.pad_right;
  return op.kernel_h == 1 && op.kernel_w == 1 && op.stride_h == 1 && op.stride_w == 1 && pads == 0 && op.groups == 1 &&
         op.placing == StoreMode::plain && maps.in[0].blocked();
}

inline int blocks_of(int channels) {
  return (channels + kLanes - 1) / kLanes;
}

// Weights in blocks: [block of outputs][input channel][16 outputs], followed by the shift [block of outputs][16].
inline std::int64_t shift_at(const Conv2d& op) {
  return std::int64_t(blocks_of(op.out_c)) * op.in_c * kLanes;
}
inline std::int64_t packed_floats(const Conv2d& op) {
  return shift_at(op) + blocks_of(op.out_c) * kLanes;
}
inline void pack(const Conv2d& op, const RawWeights& raw, float* packed) {
  for (int o = 0; o < op.out_c; o++) {
    float* to = packed + std::int64_t(o / kLanes) * op.in_c * kLanes + o % kLanes;
    for (int c = 0; c < op.in_c; c++) to[c * kLanes] = raw.tensors[0][std::int64_t(o) * op.in_c + c] * scale_of(raw, o);
    packed[shift_at(op) + o] = shift_of(op, raw, o);
  }
}

// Applies activations and residual to the 16 sums of block b at pixel (y, x) of image n; writes zeros to lanes beyond the channels.
inline void finish(const Conv2d& op, const Call& call, int n, int b, int y, int x, const float* sums) {
  float* out = call.maps.out.pixel_ptr(n, b, y, x);
  const int used = std::min(kLanes, op.out_c - b * kLanes);
  std::copy_n(sums, kLanes, out);
  if (op.act != kLinear || op.residual || op.post != kLinear) {
    for (int lane = 0; lane < used; lane++) {
      const double residual = op.residual ? call.maps.in[1].pixel_ptr(n, b, y, x)[lane] : 0;
      out[lane] = float(act_ref(op.post, act_ref(op.act, out[lane]) + residual));
    }
  }
  std::fill(out + used, out + kLanes, 0.0f);
}

// Calls f(n, b, y) for every row of every block of outputs, distributed over the threads.
template <class F> void for_each_row(const Call& call, F f) {
  const Shape s = call.maps.out.shape;
  auto row = [&](std::int64_t tile, int) { f(int(tile / s.h / s.blocks()), int(tile / s.h % s.blocks()), int(tile % s.h)); };
  parallel_for(*call.pool, std::int64_t(s.n) * s.h * s.blocks(), row);
}

} // namespace example
