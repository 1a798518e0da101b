// What a tiled convolution would take on a GPU: the one place where that is estimated.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/conv2d/conv2d.h"
#include "ops/device_kernel.h"

namespace pose {

// How an implicit GEMM is cut: a block computes pixels x channels results and sums step_bytes of K between two barriers.
struct DeviceTile {
  int pixels, channels, step_bytes;
  double efficiency; // of the multiply-adds that a processor could do, when it is full of such blocks
};

// Microseconds when K is cut into `split` parts that different blocks sum and a second kernel adds; split 1: no second kernel.
double tile_microseconds(const Conv2d& op, const DeviceMaps& maps, Precision precision, const GpuInfo& gpu, const DeviceTile& tile, int split);

// The fastest split by that estimate, 1 .. kMostSplits.
inline constexpr int kMostSplits = 16;
int best_split(const Conv2d& op, const DeviceMaps& maps, Precision precision, const GpuInfo& gpu, const DeviceTile& tile);

} // namespace pose
