// Weights of conv2d as the GPU's kernels without tiles read them: eight lanes at a time.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/conv2d/conv2d.h"
#include "ops/device_kernel.h"

namespace pose {

// Both begin with the shift, [lanes of out_c] floats; weights are folded with the scale, halves for fp16 and floats else.
// By output lane: [kernel_h * kernel_w][in_c / groups][lanes of out_c].
std::int64_t output_lanes_bytes(const Conv2d& op, Precision precision);
void pack_output_lanes(const Conv2d& op, const RawWeights& raw, Precision precision, std::byte* packed);

// Of a 1 x 1 kernel by input lane: [lanes of out_c][lanes of in_c].
std::int64_t input_lanes_bytes(const Conv2d& op, Precision precision);
void pack_input_lanes(const Conv2d& op, const RawWeights& raw, Precision precision, std::byte* packed);

} // namespace pose
