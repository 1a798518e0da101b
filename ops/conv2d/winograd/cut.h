// How the Winograd kernels of conv2d cut their work: for the kernels and for what they are estimated to cost.  Plain data, safe in ISA-specific
// files.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/conv2d/conv2d.h"

namespace pose {

inline constexpr int kLine = kAlignment / int(sizeof(float)); // between points: they would otherwise fall into the same sets of a cache

// A kernel: outputs of a tile in each direction, points of a transformed tile, tiles and output channels of one product in registers.
struct WinogradShape {
  int m, points, group, panel;
};

// The tiles of all pictures, and how they and the sum are cut.
struct WinogradCut {
  int panel;            // output channels in a panel
  int grid_h, grid_w;   // tiles of a picture
  std::int64_t tiles;   // of all pictures
  std::int64_t blocks;  // of tiles, even sizes
  std::int64_t longest; // at least the tiles of every block
  int inputs;           // channel blocks
  int chunk;            // of them in one pass over the sum (deep maps)
  bool deep;

  POSE_INLINE std::int64_t begin(std::int64_t block) const { return tiles * block / blocks; }
  POSE_INLINE std::int64_t input_point() const { return longest * inputs * kLanes + kLine; }
  POSE_INLINE std::int64_t weight_point(int channel_blocks) const { return std::int64_t(channel_blocks) * kLanes * panel + kLine; }
  POSE_INLINE std::int64_t product_point() const { return longest * panel + kLine; }
};

inline constexpr std::int64_t kSharedBytes = 6 << 20;    // transformed weights that a shared cache holds beside the maps
inline constexpr std::int64_t kPrivateBytes = 600 << 10; // of a worker, in the second-level cache of a server
inline constexpr int kDeepGroups = 8;                    // most groups of tiles that share transformed weights on deep maps
inline constexpr int kChunk = 8;                         // channel blocks whose weights are transformed at a time

// Most groups of tiles of a task on wide maps: more points leave less room.
POSE_INLINE int wide_groups(int points) {
  return points > 36 ? 1 : 2;
}

// s: the convolution's own result.
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
    const std::int64_t fair = cut.tiles / (threads == 1 ? 1 : 4 * threads); // tasks enough to end together
    if (most > fair) most = fair;
    if (most < kernel.group) most = kernel.group;
  }
  cut.blocks = (cut.tiles + most - 1) / most;
  cut.longest = most < cut.tiles ? most : cut.tiles; // never less for more pictures: scratch is made for the largest batch
  cut.chunk = cut.inputs < kChunk ? cut.inputs : kChunk;
  return cut;
}

} // namespace pose
