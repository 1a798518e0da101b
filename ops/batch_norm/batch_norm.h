// batch_norm: inference with stored statistics, for layers that are not folded into a convolution.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/activation/act.h"
#include "ops/device_kernel.h"
#include "ops/kernel.h"

#include <span>

namespace pose {

// y = act(x * scale + shift), with scale = gamma / sqrt(var + eps) and shift = beta - mean * scale.
// Inputs: x.  Parameters: gamma, beta, mean, var, each [c].
struct BatchNorm {
  int c = 0;
  float eps = 1e-5f;
  Act act = {};
};

Shape infer(const BatchNorm& op, std::span<const Shape> in);
std::int64_t macs(const BatchNorm& op, std::span<const Shape> in, const Shape& out);

// Computes scale and shift in double, rounded once.  The fast kernels pack them, and folding multiplies them into a convolution.
// conv_bias is null or the convolution's own bias, which the norm transforms, too: shift = (bias - mean) * scale + beta.
void batch_norm_affine(const BatchNorm& op, const float* const* tensors, const float* conv_bias, float* scale, float* shift);

// Returns the floats that all kernels but the reference implementation pack: scale, then shift, each padded to whole blocks.
// The reference implementation does not round them to float.
std::int64_t batch_norm_packed_floats(const BatchNorm& op);
void batch_norm_pack(const BatchNorm& op, const RawWeights& weights, float* packed);

extern const Kernel<BatchNorm> batch_norm_avx512, batch_norm_avx2, batch_norm_ref;
inline constexpr const Kernel<BatchNorm>* batch_norm_kernels[] = {
    &batch_norm_avx512,
    &batch_norm_avx2,
    &batch_norm_ref,
};

extern const DeviceKernel<BatchNorm> batch_norm_cuda;
inline constexpr const DeviceKernel<BatchNorm>* batch_norm_device_kernels[] = {&batch_norm_cuda};

} // namespace pose
