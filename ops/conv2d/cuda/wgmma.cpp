// Implements wgmma.h.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/cuda/wgmma.h"

#include "device/half.h"
#include "ops/conv2d/pack.h"

namespace pose {
namespace {

// Returns the row of a channel.  Lane t of four has columns 2 t and 2 t + 1 of each of four blocks of 8.  They are channels 8 t .. 8 t + 7.
int row_of(int place) {
  return place / 32 * 32 + place % 8 / 2 * 8 + place % 32 / 8 * 2 + place % 2;
}

} // namespace

WgmmaWeights wgmma_weights(const Conv2d& op, int channels) {
  WgmmaWeights w;
  w.lanes = device_lanes(op.in_c);
  w.steps = (op.kernel_h * op.kernel_w * w.lanes + WgmmaWeights::kStep - 1) / WgmmaWeights::kStep;
  w.tiles = (op.out_c + channels - 1) / channels;
  w.shift_at = std::int64_t(w.tiles) * w.steps * channels * WgmmaWeights::kStep * 2;
  w.bytes = w.shift_at + std::int64_t(w.tiles) * channels * 4;
  return w;
}

void pack_wgmma(const Conv2d& op, int channels, const RawWeights& raw, std::byte* packed) {
  constexpr int kStep = WgmmaWeights::kStep;
  const WgmmaWeights layout = wgmma_weights(op, channels);
  half* const halves = reinterpret_cast<half*>(packed);
  float* const shift = reinterpret_cast<float*>(packed + layout.shift_at);
  const int taps = op.kernel_h * op.kernel_w;
  const float* w = raw.tensors[0];
  for (int c = 0; c < op.out_c; c++) {
    const int place = packed_place(op, c), row = row_of(place % channels);
    shift[place] = shift_of(op, raw, c);
    for (int i = 0; i < op.in_c; i++) {
      for (int tap = 0; tap < taps; tap++) {
        const int k = tap * layout.lanes + i, unit = k % kStep / 8 ^ row % 8;
        const std::int64_t image = std::int64_t(place / channels) * layout.steps + k / kStep;
        halves[(image * channels + row) * kStep + unit * 8 + k % 8] = __float2half_rn(*w++ * scale_of(raw, c));
      }
    }
  }
}

} // namespace pose
