// Packs conv2d weights for the CUDA kernels that are not implicit GEMMs: they read eight lanes at a time.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/conv2d/conv2d.h"
#include "ops/device_kernel.h"

namespace pose {

// Both layouts begin with the shift, [lanes of out_c] floats.  Weights are folded with the scale; halves for fp16, else floats.
//
// By output lane: [kernel_h * kernel_w][in_c / groups][lanes of out_c].
std::int64_t output_lanes_bytes(const Conv2d& op, Precision precision);
void pack_output_lanes(const Conv2d& op, const RawWeights& raw, Precision precision, std::byte* packed);

// By input lane, for 1 x 1 kernels: [lanes of out_c][lanes of in_c].
std::int64_t input_lanes_bytes(const Conv2d& op, Precision precision);
void pack_input_lanes(const Conv2d& op, const RawWeights& raw, Precision precision, std::byte* packed);

} // namespace pose
