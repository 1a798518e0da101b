// permute: the numbers of a map in another order and shape (a reshape, a transposition and a reshape of ONNX in one step).
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/device_kernel.h"
#include "ops/kernel.h"

#include <span>

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

// Returns the index in x, read in the order c, h, w, of the number with index `to` in the result.
POSE_INLINE std::int64_t permute_source(const Permute& op, std::int64_t to) {
  std::int64_t at[kMaxAxes] = {}, from = 0;
  for (int i = op.axes - 1; i >= 0; i--) {
    at[op.order[i]] = to % op.size[op.order[i]];
    to /= op.size[op.order[i]];
  }
  for (int i = 0; i < op.axes; i++) from = from * op.size[i] + at[i];
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
