// permute: the numbers of a map in another order and shape (a reshape, a transposition and a reshape of ONNX in one step).
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/device_kernel.h"
#include "ops/kernel.h"

#include <span>
#include <utility>

namespace pose {

inline constexpr int kMaxAxes = 8;

// x is read in the order c, h, w as a dense array with `axes` axes of these sizes.  Axis i of the transposed array is axis order[i] of that array.
// Its numbers, in their new order, are the result in the order c, h, w: channels x height x width.  Inputs: x.
struct Permute {
  int axes = 0;
  int size[kMaxAxes] = {}, order[kMaxAxes] = {};
  int channels = 0, height = 0, width = 0;
};

Shape infer(const Permute& op, std::span<const Shape> in);
std::int64_t macs(const Permute& op, std::span<const Shape> in, const Shape& out);

// The axes of the transposed array: their sizes, and how far a step along them goes in x, read in the order c, h, w.  The last ones of the lists are
// in use; those before them have a size of 1.
struct TransposedAxes {
  int size[kMaxAxes];
  std::int64_t step[kMaxAxes];
};

TransposedAxes transposed_axes(const Permute& op);

// Returns the index in x of the number with index `to` in the result, both in the order c, h, w.  Every index of the lists is a constant, so that a
// GPU needs no local memory for them.
POSE_INLINE std::int64_t permute_source(const TransposedAxes& axes, std::int64_t to) {
  std::int64_t from = 0;
  const auto add = [&](int i) {
    if (axes.size[i] == 1) return;
    from += to % axes.size[i] * axes.step[i];
    to /= axes.size[i];
  };
  [&]<int... I>(std::integer_sequence<int, I...>) {
    (add(kMaxAxes - 1 - I), ...);
  }
  (std::make_integer_sequence<int, kMaxAxes>());
  return from;
}

extern const Kernel<Permute> permute_by_axes, permute_ref;
inline constexpr const Kernel<Permute>* permute_kernels[] = {
    &permute_by_axes,
    &permute_ref,
};

extern const DeviceKernel<Permute> permute_cuda;
inline constexpr const DeviceKernel<Permute>* permute_device_kernels[] = {&permute_cuda};

} // namespace pose
