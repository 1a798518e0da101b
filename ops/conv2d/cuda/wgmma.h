// Weights of conv2d as its Hopper kernels read them.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/conv2d/conv2d.h"
#include "ops/device_kernel.h"

namespace pose {

// The matrix product of conv2d_device_pack.h, in halves: K = (ky, kx, input lane) in steps of 64, output channels by packed_place in tiles of
// `channels`.  [tile][step][channels][64], every step of a tile the very image that shared memory shall hold: rows of 128 bytes whose 16-byte units
// are swizzled as simt::wgmma_tile says.  Within 32 rows the channels stand in the order of the results: a thread's are eight that follow each other.
// Then the shift, [tiles * channels] floats, not reordered.
struct WgmmaWeights {
  static constexpr int kStep = 64; // of K
  int lanes = 0, steps = 0, tiles = 0;
  std::int64_t shift_at = 0, bytes = 0;
};

WgmmaWeights wgmma_weights(const Conv2d& op, int channels);
void pack_wgmma(const Conv2d& op, int channels, const RawWeights& raw, std::byte* packed);

} // namespace pose
