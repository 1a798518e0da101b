// Packs conv2d weights for the Hopper kernels.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/conv2d/conv2d.h"
#include "ops/device_kernel.h"

namespace pose {

// The implicit GEMM of pack.h, in halves: K = (ky, kx, input lane) in steps of 64, output channels by packed_place in tiles of `channels`.
// Layout: [tile][step][channels][64].  Each step of a tile has exactly the layout of shared memory.
// Its rows are 128 bytes, with 16-byte units swizzled as for simt::wgmma_tile.
// Within 32 rows the channels are in the order of the results, so that each thread has eight consecutive channels.
// The shift follows, [tiles * channels] floats, not reordered.
struct WgmmaWeights {
  static constexpr int kStep = 64; // of K
  int lanes = 0, steps = 0, tiles = 0;
  std::int64_t shift_at = 0, bytes = 0;
};

WgmmaWeights wgmma_weights(const Conv2d& op, int channels);
void pack_wgmma(const Conv2d& op, int channels, const RawWeights& raw, std::byte* packed);

} // namespace pose
