// batch_norm: inference with stored statistics, where no convolution took it in.
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

// scale and shift in double, rounded once: what the fast stand-alone kernels pack and what folding multiplies into a convolution.
// conv_bias, or null, is the convolution's own bias, which goes through the norm: shift = (bias - mean) * scale + beta.
void batch_norm_affine(const BatchNorm& op, const float* const* tensors, const float* conv_bias, float* scale, float* shift);

// What all kernels but the definition, which does not round them, pack: scale, then shift, each padded to whole blocks.
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
