// concat joins the channels of several maps; slice takes a range of the channels of one map (Darknet's route).
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/device_kernel.h"
#include "ops/kernel.h"

#include <span>

namespace pose {

// y = the channels of all inputs, in order.  Inputs: one or more of the same n, h, w.
// The planner lets producers write directly into the output where the channel offsets are multiples of 16.
struct Concat {};

// y = channels [begin, begin + count) of x.  Inputs: x.
struct Slice {
  int begin = 0, count = 0;
};

Shape infer(const Concat& op, std::span<const Shape> in);
Shape infer(const Slice& op, std::span<const Shape> in);
std::int64_t macs(const Concat& op, std::span<const Shape> in, const Shape& out);
std::int64_t macs(const Slice& op, std::span<const Shape> in, const Shape& out);

extern const Kernel<Concat> concat_avx512, concat_avx2, concat_ref;
inline constexpr const Kernel<Concat>* concat_kernels[] = {
    &concat_avx512,
    &concat_avx2,
    &concat_ref,
};

extern const Kernel<Slice> slice_avx512, slice_avx2, slice_ref;
inline constexpr const Kernel<Slice>* slice_kernels[] = {
    &slice_avx512,
    &slice_avx2,
    &slice_ref,
};

extern const DeviceKernel<Concat> concat_cuda;
inline constexpr const DeviceKernel<Concat>* concat_device_kernels[] = {&concat_cuda};

extern const DeviceKernel<Slice> slice_cuda;
inline constexpr const DeviceKernel<Slice>* slice_device_kernels[] = {&slice_cuda};

} // namespace pose
