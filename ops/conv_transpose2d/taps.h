// taps: a transposed convolution seen from its output.  Plain data, safe to include in ISA-specific files.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/shape.h"

namespace pose {

// Output o collects input i through kernel tap k where o = i * stride - pad + k.  So the outputs of one phase, (o + pad) mod stride, share
// the taps phase, phase + stride, ... and are a stride-1 convolution: tap first_tap + t * stride meets input `input - t`.
struct Taps {
  int first_tap, input, count;
};

// The taps of output o that meet an input inside [0, size).
POSE_INLINE Taps taps_at(int o, int kernel, int stride, int pad, int size) {
  const int phase = (o + pad) % stride, input = (o + pad) / stride;
  const int all = phase < kernel ? (kernel - phase + stride - 1) / stride : 0;
  const int begin = input < size ? 0 : input - size + 1, end = input + 1 < all ? input + 1 : all;
  return {phase + begin * stride, input - begin, end > begin ? end - begin : 0};
}

} // namespace pose
