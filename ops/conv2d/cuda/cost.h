// The cost model of the implicit GEMM kernels on a GPU.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/conv2d/conv2d.h"
#include "ops/device_kernel.h"

namespace pose {

// The tile of an implicit GEMM.  A block computes pixels x channels results and sums step_bytes of K between two barriers.
struct DeviceTile {
  int pixels, channels, step_bytes;
  double efficiency; // fraction of the multiprocessor's peak multiply-add rate when it is full of such blocks
};

// Returns the estimated microseconds with a K split into `split` parts.
// Different blocks sum the parts and a second kernel adds them; split 1 needs no second kernel.
double tile_microseconds(const Conv2d& op, const DeviceMaps& maps, Precision precision, const GpuInfo& gpu, const DeviceTile& tile, int split);

// Returns the fastest K split by that estimate, 1 .. kMostSplits.
inline constexpr int kMostSplits = 16;
int best_split(const Conv2d& op, const DeviceMaps& maps, Precision precision, const GpuInfo& gpu, const DeviceTile& tile);

} // namespace pose
