// Implements lanes.h.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/cuda/lanes.h"

#include "device/device_element.h"
#include "ops/conv2d/pack.h"

namespace pose {
namespace {

// Packs the shift and the weights.  place(output, input of its group, tap) returns the index of a weight.
template <class Place> void pack(const Conv2d& op, const RawWeights& raw, Precision precision, std::byte* packed, Place place) {
  const int inputs = op.in_c / op.groups, taps = op.kernel_h * op.kernel_w;
  float* const shift = reinterpret_cast<float*>(packed);
  std::byte* const weights = packed + std::int64_t(device_lanes(op.out_c)) * 4;
  const Element element = element_of(precision);
  const float* w = raw.tensors[0];
  for (int c = 0; c < op.out_c; c++) {
    shift[c] = shift_of(op, raw, c);
    for (int i = 0; i < inputs; i++) {
      for (int tap = 0; tap < taps; tap++) {
        write_element(element, *w++ * scale_of(raw, c), weights + std::int64_t(place(c, i, tap)) * bytes_of(element));
      }
    }
  }
}

} // namespace

std::int64_t output_lanes_bytes(const Conv2d& op, Precision precision) {
  const std::int64_t lanes = device_lanes(op.out_c);
  return lanes * 4 + lanes * op.kernel_h * op.kernel_w * (op.in_c / op.groups) * bytes_of(element_of(precision));
}

void pack_output_lanes(const Conv2d& op, const RawWeights& raw, Precision precision, std::byte* packed) {
  const std::int64_t lanes = device_lanes(op.out_c), inputs = op.in_c / op.groups;
  pack(op, raw, precision, packed, [=](int c, int i, int tap) { return (tap * inputs + i) * lanes + c; });
}

std::int64_t input_lanes_bytes(const Conv2d& op, Precision precision) {
  const std::int64_t lanes = device_lanes(op.out_c);
  return lanes * 4 + lanes * device_lanes(op.in_c) * bytes_of(element_of(precision));
}

void pack_input_lanes(const Conv2d& op, const RawWeights& raw, Precision precision, std::byte* packed) {
  const std::int64_t lanes = device_lanes(op.in_c);
  pack(op, raw, precision, packed, [=](int c, int i, int) { return c * lanes + i; });
}

} // namespace pose
