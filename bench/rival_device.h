// Rivals of bench/ops on a GPU: convolutions of NVIDIA's libraries as device kernels, on the same maps as ours.
// SPDX-License-Identifier: MIT
#pragma once

#include "bench/rival_kernels.h"

#include <vector>

namespace pose::bench {

// Both only in programs with the CUDA backend, built where the library is.  For plain convolutions without bias or groups, in all three precisions;
// sums are floats.
extern const DeviceKernel<Conv2d> rival_cublas; // 1 x 1 of stride 1: one product of matrices
extern const DeviceKernel<Conv2d> rival_cudnn;  // pads that are the same on opposite sides; the algorithm that its heuristic names

std::vector<const DeviceKernel<Conv2d>*> device_rivals_of_build();

bool is_rivals_case(const Conv2d& op); // plain, without bias and groups

// Weights as [output lanes][kernel_h][kernel_w][input lanes] of the precision's elements, zeros in the lanes that are no channels.
std::int64_t rival_packed_bytes(const Conv2d& op, Precision p);
void rival_pack(const Conv2d& op, const RawWeights& raw, Precision p, std::byte* packed);

} // namespace pose::bench
