// Taps of a transposed convolution that meet an output.  Plain data, safe to include in ISA-specific files.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/shape.h"

namespace pose {

// Output o collects input i through kernel tap k where o = i * stride - pad + k.
// So the outputs of one phase, (o + pad) mod stride, share the taps phase, phase + stride, ...
// They are a stride-1 convolution: tap first_tap + t * stride meets input `input - t`.
struct Taps {
  int first_tap, input, count;
};

// A phase: its first tap and the number of its taps.
struct Phase {
  int first_tap, count;
};

POSE_INLINE Phase phase_of(int o, int kernel, int stride, int pad) {
  const int first = (o + pad) % stride;
  return {first, first < kernel ? (kernel - first + stride - 1) / stride : 0};
}

// Returns the taps of a phase that meet an input inside [0, size); tap 0 of the phase meets `input`.
POSE_INLINE Taps taps_inside(const Phase& phase, int stride, int input, int size) {
  const int begin = input < size ? 0 : input - size + 1, end = input + 1 < phase.count ? input + 1 : phase.count;
  return {phase.first_tap + begin * stride, input - begin, end > begin ? end - begin : 0};
}

// Returns the taps of output o that meet an input inside [0, size).
POSE_INLINE Taps taps_at(int o, int kernel, int stride, int pad, int size) {
  return taps_inside(phase_of(o, kernel, stride, pad), stride, (o + pad) / stride, size);
}

} // namespace pose
