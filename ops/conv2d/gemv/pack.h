// Packs the weights of fully connected layers (1x1 on a 1x1 map) for the gemv kernels.  Plain data, safe in ISA-specific files.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/conv2d/conv2d.h"

namespace pose {

// Layout: [panel of `width` blocks of 16 output channels][input channel][16 width], then the shift [block][16].
// The last panel has the remaining blocks.  Both channel counts are padded to whole blocks.
// Kernels read the weights sequentially.  In measurements that was the fastest; several concurrent streams or software prefetches were slower.
struct GemvLayout {
  int in_blocks, out_blocks;

  // Returns the offset of output block b, which is the first of a panel.
  POSE_INLINE std::int64_t panel_at(int b) const { return std::int64_t(b) * in_blocks * kLanes * kLanes; }
  POSE_INLINE std::int64_t shift_at() const { return panel_at(out_blocks); }
};

POSE_INLINE GemvLayout gemv_layout(const Conv2d& op) {
  return {(op.in_c + kLanes - 1) / kLanes, (op.out_c + kLanes - 1) / kLanes};
}

std::int64_t gemv_packed_floats(const Conv2d& op);
void pack_gemv(const Conv2d& op, int width, const RawWeights& raw, float* packed);

} // namespace pose
