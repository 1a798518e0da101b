// binary: arithmetic of two maps, number by number, of which each may repeat along the sides where it has one pixel or channel.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/device_kernel.h"
#include "ops/kernel.h"

#include <span>

namespace pose {

// prelu: a < 0 ? a * b : a.  min and max return b where either is NaN.
enum class BinaryKind { add, sub, mul, div, min, max, prelu };

// y = f(a, b).  Inputs: a, b.  Along each of height, width and channels, both have as many, or one of them has 1.
struct Binary {
  BinaryKind kind = BinaryKind::add;
};

Shape infer(const Binary& op, std::span<const Shape> in);
std::int64_t macs(const Binary& op, std::span<const Shape> in, const Shape& out);

// Returns f(a, b) as the reference implementation (double) and the CUDA kernel (float) compute it.
template <class T> POSE_INLINE T binary_value(BinaryKind kind, T a, T b) {
  switch (kind) {
    case BinaryKind::add: return a + b;
    case BinaryKind::sub: return a - b;
    case BinaryKind::mul: return a * b;
    case BinaryKind::div: return a / b;
    case BinaryKind::min: return a < b ? a : b;
    case BinaryKind::max: return a > b ? a : b;
    case BinaryKind::prelu: return a < 0 ? a * b : a;
  }
  return a;
}

extern const Kernel<Binary> binary_avx512, binary_avx2, binary_ref;
inline constexpr const Kernel<Binary>* binary_kernels[] = {
    &binary_avx512,
    &binary_avx2,
    &binary_ref,
};

extern const DeviceKernel<Binary> binary_cuda;
inline constexpr const DeviceKernel<Binary>* binary_device_kernels[] = {&binary_cuda};

} // namespace pose
