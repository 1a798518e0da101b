// GemmLayout: the slices of the sum in the GEMM kernels of conv2d, and the weight order.  Plain data, safe in ISA-specific files.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/conv2d/conv2d.h"

namespace pose {

// Implicit GEMM: output pixels x output channels, summed over K = window x input channels.
// K is cut into slices, runs of inputs that are contiguous in memory for every pixel:
//   blocked input   (channel block, ky, kx), `length` = 16 channels, or all of them when there are fewer
//   compact input   (ky), `length` = a row of the window, kernel_w * in_c floats
// Output channels form panels as wide as a kernel's registers.  Weights are stored in the order of their use:
//   [pass][panel][slice of the pass][length][width], then the shift [panels][width]
// A pass has as many slices as keep a panel in the first-level cache.  The order of summation depends on the op only.
struct GemmLayout {
  int width = 0;  // output channels per panel
  int panels = 0; //
  int blocks = 0; // input channel blocks per panel: all of them unless groups > 1
  int length = 0; // inputs per slice
  int slices = 0;
  int passes = 0;

  POSE_INLINE int pass_begin(int pass) const { return int(std::int64_t(slices) * pass / passes); }
  // Returns the offset of the weights of this pass and panel.
  POSE_INLINE std::int64_t weights_at(int pass, int panel) const {
    const std::int64_t begin = pass_begin(pass), count = pass_begin(pass + 1) - begin;
    return (begin * panels + panel * count) * length * width;
  }
  POSE_INLINE std::int64_t shift_at() const { return std::int64_t(slices) * panels * length * width; }
};

enum class GemmInput { blocked, compact };

GemmLayout gemm_layout(const Conv2d& op, GemmInput input, int width);

// Returns the first input channel block that a panel reads.
int first_input_block(const Conv2d& op, const GemmLayout& layout, int panel);

std::int64_t gemm_packed_floats(const GemmLayout& layout);
void pack_gemm(const Conv2d& op, GemmInput input, const GemmLayout& layout, const RawWeights& raw, float* packed);

// Packs for the depthwise kernels: [panel][kernel_h][kernel_w][width], then the shift [panel][width].
std::int64_t depthwise_packed_floats(const Conv2d& op, int width);
void pack_depthwise(const Conv2d& op, int width, const RawWeights& raw, float* packed);

// Returns the position of output channel c among the packed ones.
// For a depth-to-space store, the channels of one target pixel are consecutive, so that 16 of them are a block of that pixel.
POSE_INLINE int packed_place(const Conv2d& op, int c) {
  const int pixels = op.placing == StoreMode::shuffle ? op.factor * op.factor : 1;
  return c % pixels * (op.out_c / pixels) + c / pixels;
}

// Return the scale [out_c] and the shift [out_c] of the folded batch norm and the op's bias.  Missing ones are 1 and 0.
POSE_INLINE float scale_of(const RawWeights& raw, int c) {
  return raw.scale != nullptr ? raw.scale[c] : 1.0f;
}
POSE_INLINE float shift_of(const Conv2d& op, const RawWeights& raw, int c) {
  return raw.shift != nullptr ? raw.shift[c] : op.bias ? raw.tensors[1][c] : 0.0f;
}

} // namespace pose
