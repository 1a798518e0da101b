// matmul: products of matrices that are both computed (attention).  A product with a constant matrix is a 1x1 conv2d.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/device_kernel.h"
#include "ops/kernel.h"

#include <span>

namespace pose {

// Row y of a map is a matrix: its pixels are the rows, its channels the columns.  y(h) = a(h) * b(h), or a(h) * b(0) where b has one.
// Inputs: a of h matrices L x K, b of h or 1 matrices K x J.  Result: h matrices L x J.
struct Matmul {};

Shape infer(const Matmul& op, std::span<const Shape> in);
std::int64_t macs(const Matmul& op, std::span<const Shape> in, const Shape& out);

extern const Kernel<Matmul> matmul_avx512, matmul_avx2, matmul_ref;
inline constexpr const Kernel<Matmul>* matmul_kernels[] = {
    &matmul_avx512,
    &matmul_avx2,
    &matmul_ref,
};

extern const DeviceKernel<Matmul> matmul_cuda;
inline constexpr const DeviceKernel<Matmul>* matmul_device_kernels[] = {&matmul_cuda};

} // namespace pose
