// GPU baselines of bench/ops: convolutions of NVIDIA's libraries as device kernels, on the same maps as ours.
// SPDX-License-Identifier: MIT
#pragma once

#include "bench/rival_kernels.h"

#include <vector>

namespace pose::bench {

// Both exist only in programs with the CUDA backend that are built where the library is installed.  They take plain convolutions without bias or
// groups, in all three precisions; sums are floats.
extern const DeviceKernel<Conv2d> rival_cublas; // 1 x 1 of stride 1: one matrix product
extern const DeviceKernel<Conv2d> rival_cudnn;  // equal padding on opposite sides; the algorithm of its heuristic

std::vector<const DeviceKernel<Conv2d>*> device_rivals_of_build();

bool is_rivals_case(const Conv2d& op); // plain, without bias and groups

// Weights as [output lanes][kernel_h][kernel_w][input lanes] of the precision's elements, zeros in lanes beyond the channels.
std::int64_t rival_packed_bytes(const Conv2d& op, Precision p);
void rival_pack(const Conv2d& op, const RawWeights& raw, Precision p, std::byte* packed);

} // namespace pose::bench
