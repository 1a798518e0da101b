// Packs the weights of conv_transpose2d for its CUDA kernels.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/conv_transpose2d/conv_transpose2d.h"
#include "ops/device_kernel.h"

namespace pose {

// Layout: shift [lanes] floats, then weights [kernel_h * kernel_w][depth][lanes], folded with scale; halves for fp16, else floats.
// lanes is the number of output channels, rounded up to a multiple of eight.  depth is at least the input channels of a group.
std::int64_t gather_packed_bytes(const ConvTranspose2d& op, int depth, Precision precision);
void pack_gather(const ConvTranspose2d& op, int depth, const RawWeights& raw, Precision precision, std::byte* packed);

} // namespace pose
