// Weights of dense layers (1x1 on a 1x1 map) in the order of the gemv kernels.  Plain data, safe in ISA-specific files.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/conv2d/conv2d.h"

namespace pose {

// [panel of `width` blocks of 16 output channels][input channel][16 width], then the shift [block][16]; the last panel has the blocks that are left,
// and both counts of channels are padded to whole blocks.  Kernels read it from end to end: measured, that is the fastest way through memory; several
// streams at once, or prefetching by hand, are slower.
struct GemvLayout {
  int in_blocks, out_blocks;

  // Where output block b begins when it is the first of a panel.
  POSE_INLINE std::int64_t panel_at(int b) const { return std::int64_t(b) * in_blocks * kLanes * kLanes; }
  POSE_INLINE std::int64_t shift_at() const { return panel_at(out_blocks); }
};

POSE_INLINE GemvLayout gemv_layout(const Conv2d& op) {
  return {(op.in_c + kLanes - 1) / kLanes, (op.out_c + kLanes - 1) / kLanes};
}

std::int64_t gemv_packed_floats(const Conv2d& op);
void pack_gemv(const Conv2d& op, int width, const RawWeights& raw, float* packed);

} // namespace pose
