// Implements conv_transpose2d_cuda_pack.h.
// SPDX-License-Identifier: MIT
#include "ops/conv_transpose2d/conv_transpose2d_cuda_pack.h"

#include "device/device_element.h"

#include <cstring>

namespace pose {

std::int64_t gather_packed_bytes(const ConvTranspose2d& op, int depth, Precision precision) {
  const std::int64_t lanes = device_lanes(op.out_c);
  return lanes * 4 + lanes * depth * op.kernel_h * op.kernel_w * bytes_of(element_of(precision));
}

void pack_gather(const ConvTranspose2d& op, int depth, const RawWeights& raw, Precision precision, std::byte* packed) {
  const int lanes = device_lanes(op.out_c), in_group = op.in_c / op.groups, out_group = op.out_c / op.groups, taps = op.kernel_h * op.kernel_w;
  const Element element = element_of(precision);
  const float* shift = raw.shift != nullptr ? raw.shift : op.bias ? raw.tensors[1] : nullptr;
  if (shift != nullptr) std::memcpy(packed, shift, std::size_t(op.out_c) * 4);
  std::byte* weights = packed + std::int64_t(lanes) * 4;
  for (int c = 0; c < op.out_c; c++) {
    const float scale = raw.scale != nullptr ? raw.scale[c] : 1.0f;
    for (int i = 0; i < in_group; i++) {
      const float* from = raw.tensors[0] + (std::int64_t(c / out_group * in_group + i) * out_group + c % out_group) * taps;
      for (int tap = 0; tap < taps; tap++) {
        const std::int64_t at = (std::int64_t(tap) * depth + i) * lanes + c;
        write_element(element, from[tap] * scale, weights + at * bytes_of(element));
      }
    }
  }
}

} // namespace pose
