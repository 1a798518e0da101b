// resize: a map of another height and width, by the nearest pixel or linearly between four.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/device_kernel.h"
#include "ops/kernel.h"

#include <span>

namespace pose {

enum class ResizeKind { nearest, linear };

// Row i of the result has the position scale_y * i + shift_y in x, column j has scale_x * j + shift_x.  All rules of ONNX's Resize have this form.
//   nearest   the pixel at the position rounded down, limited to the map
//   linear    the mean of the two pixels on either side on both axes, weighted by nearness; positions are limited to the map
// Inputs: x.
struct Resize {
  ResizeKind kind = ResizeKind::nearest;
  int height = 0, width = 0;
  float scale_y = 1, shift_y = 0, scale_x = 1, shift_x = 0;
};

Shape infer(const Resize& op, std::span<const Shape> in);
std::int64_t macs(const Resize& op, std::span<const Shape> in, const Shape& out);

// The pixels on both sides of a position, and the weight of each.
struct Between {
  int first = 0, second = 0;
  float first_weight = 1, second_weight = 0;
};

// Returns the place of row or column i in a side of `size` pixels.  nearest: `first` is the pixel.
POSE_INLINE Between resize_place(ResizeKind kind, float scale, float shift, int i, int size) {
  const double last = size - 1;
  double at = double(scale) * i + shift;
  at = at > 0 ? at : 0;
  at = at < last ? at : last;
  const int first = int(at), second = first < size - 1 ? first + 1 : first;
  if (kind == ResizeKind::nearest) return {first, first, 1, 0};
  return {first, second, float(1 - (at - first)), float(at - first)};
}

extern const Kernel<Resize> resize_avx512, resize_avx2, resize_ref;
inline constexpr const Kernel<Resize>* resize_kernels[] = {
    &resize_avx512,
    &resize_avx2,
    &resize_ref,
};

extern const DeviceKernel<Resize> resize_cuda;
inline constexpr const DeviceKernel<Resize>* resize_device_kernels[] = {&resize_cuda};

} // namespace pose
