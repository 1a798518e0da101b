// WinogradCut: the partition of a Winograd convolution, for the kernels and their cost model.
// SPDX-License-Identifier: MIT
//
// Plain data, safe in ISA-specific files.
#pragma once

#include "ops/conv2d/conv2d.h"

namespace pose {

inline constexpr int kLine = kAlignment / int(sizeof(float)); // padding between points, which would otherwise map to the same cache sets

// A kernel's parameters: output side of a tile, points of a transformed tile, and tiles and output channels of one product in registers.
struct WinogradShape {
  int m, points, group, panel;
};

// The tiles of all images, and the partition of the tiles and of the sum.
struct WinogradCut {
  int panel;            // output channels per panel
  int grid_h, grid_w;   // tiles per image
  std::int64_t tiles;   // of all images
  std::int64_t blocks;  // of tiles, near-equal sizes
  std::int64_t longest; // upper bound of the tiles of a block
  int inputs;           // in channel blocks
  int chunk;            // channel blocks per pass over the sum (deep maps)
  bool deep;

  POSE_INLINE std::int64_t begin(std::int64_t block) const { return tiles * block / blocks; }
  POSE_INLINE std::int64_t input_point() const { return longest * inputs * kLanes + kLine; }
  POSE_INLINE std::int64_t weight_point(int channel_blocks) const { return std::int64_t(channel_blocks) * kLanes * panel + kLine; }
  POSE_INLINE std::int64_t product_point() const { return longest * panel + kLine; }
};

inline constexpr std::int64_t kSharedBytes = 6 << 20;    // transformed weights that fit in a shared cache together with the maps
inline constexpr std::int64_t kPrivateBytes = 600 << 10; // per worker, in the second-level cache of a server
inline constexpr int kDeepGroups = 8;                    // most groups of tiles that share transformed weights on deep maps
inline constexpr int kChunk = 8;                         // channel blocks whose weights are transformed at once
inline constexpr int kSum = 4;                           // channel blocks that are summed from zero, in one chain of roundings

// Returns the most groups of tiles per task on wide maps.  More points leave less room.
POSE_INLINE int wide_groups(int points) {
  return points > 36 ? 1 : 2;
}

// Partitions a convolution.  s is the shape of its result before the store.
POSE_INLINE WinogradCut winograd_cut(const WinogradShape& kernel, const Conv2d& op, const Shape& s, int threads) {
  const std::int64_t point_bytes = kernel.points * std::int64_t(sizeof(float));
  WinogradCut cut;
  cut.panel = kernel.panel;
  cut.grid_h = (s.h + kernel.m - 1) / kernel.m;
  cut.grid_w = (s.w + kernel.m - 1) / kernel.m;
  cut.tiles = std::int64_t(s.n) * cut.grid_h * cut.grid_w;
  cut.inputs = (op.in_c + kLanes - 1) / kLanes;
  const int panels = (op.out_c + kernel.panel - 1) / kernel.panel;
  cut.deep = point_bytes * cut.inputs * kLanes * panels * kernel.panel > kSharedBytes;
  std::int64_t most = kDeepGroups * kernel.group;
  if (!cut.deep) {
    const std::int64_t wide = wide_groups(kernel.points) * kernel.group;
    most = kPrivateBytes / (point_bytes * (cut.inputs * kLanes + kernel.panel));
    if (most > wide) most = wide;
    const std::int64_t fair = cut.tiles / (threads == 1 ? 1 : 4 * threads); // tiles per task, small enough that all threads finish together
    if (most > fair) most = fair;
    if (most < kernel.group) most = kernel.group;
  }
  cut.blocks = (cut.tiles + most - 1) / most;
  cut.longest = most < cut.tiles ? most : cut.tiles; // never less for a larger batch, since scratch is sized for the largest
  cut.chunk = cut.inputs < kChunk ? cut.inputs : kChunk;
  return cut;
}

} // namespace pose
