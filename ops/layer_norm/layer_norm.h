// layer_norm: each pixel's channels, shifted to a mean of 0 and scaled to a variance of 1 (arXiv:1607.06450).
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/device_kernel.h"
#include "ops/kernel.h"

#include <span>

namespace pose {

// y = (x - mean) / sqrt(var + eps) * gamma + beta, with mean and var (divided by c) of the channels of the pixel.
// Inputs: x.  Parameters: gamma, beta, each [c].
struct LayerNorm {
  int c = 0;
  float eps = 1e-5f;
};

Shape infer(const LayerNorm& op, std::span<const Shape> in);
std::int64_t macs(const LayerNorm& op, std::span<const Shape> in, const Shape& out);

// Returns the floats that the kernels pack: gamma, then beta, each padded to whole blocks.
std::int64_t layer_norm_packed_floats(const LayerNorm& op);
void layer_norm_pack(const LayerNorm& op, const RawWeights& weights, float* packed);

extern const Kernel<LayerNorm> layer_norm_avx512, layer_norm_avx2, layer_norm_ref;
inline constexpr const Kernel<LayerNorm>* layer_norm_kernels[] = {
    &layer_norm_avx512,
    &layer_norm_avx2,
    &layer_norm_ref,
};

extern const DeviceKernel<LayerNorm> layer_norm_cuda;
inline constexpr const DeviceKernel<LayerNorm>* layer_norm_device_kernels[] = {&layer_norm_cuda};

} // namespace pose
