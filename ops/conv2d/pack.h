// How the GEMM kernels of conv2d cut their sum into slices and store the weights.  Plain data, safe in ISA-specific files.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/conv2d/conv2d.h"

namespace pose {

// A conv2d is a matrix product: output pixels x output channels, summed over K = window x input channels.  K is cut into slices, runs
// of inputs that lie side by side in memory for every pixel:
//   blocked input   (channel block, ky, kx), `length` = 16 channels, or all of them when there are fewer;
//   compact input   (ky), `length` = a row of the window, kernel_w * in_c floats.
// Output channels form panels as wide as a kernel's registers.  Weights are stored in the order in which they are used:
//   [pass][panel][slice of the pass][length][width], then the shift [panels][width].
// A pass is as many slices as keep a panel in the first-level cache.  The order of summation follows from the op alone.
struct GemmLayout {
  int width = 0;  // output channels in a panel
  int panels = 0; //
  int blocks = 0; // input channel blocks that one panel reads: all of them unless groups > 1
  int length = 0; // inputs in a slice
  int slices = 0;
  int passes = 0;

  POSE_INLINE int pass_begin(int pass) const { return int(std::int64_t(slices) * pass / passes); }
  // Where the weights of this pass and panel begin.
  POSE_INLINE std::int64_t weights_at(int pass, int panel) const {
    const std::int64_t begin = pass_begin(pass), count = pass_begin(pass + 1) - begin;
    return (begin * panels + panel * count) * length * width;
  }
  POSE_INLINE std::int64_t shift_at() const { return std::int64_t(slices) * panels * length * width; }
};

enum class GemmInput { blocked, compact };

GemmLayout gemm_layout(const Conv2d& op, GemmInput input, int width);

// The first input channel block that a panel reads.
int first_input_block(const Conv2d& op, const GemmLayout& layout, int panel);

std::int64_t gemm_packed_floats(const GemmLayout& layout);
void pack_gemm(const Conv2d& op, GemmInput input, const GemmLayout& layout, const RawWeights& raw, float* packed);

// Depthwise kernels: [panel][kernel_h][kernel_w][width], then the shift [panel][width].
std::int64_t depthwise_packed_floats(const Conv2d& op, int width);
void pack_depthwise(const Conv2d& op, int width, const RawWeights& raw, float* packed);

// Where output channel c stands among the packed ones: a shuffle's stand together by the pixel that they go to, so that 16 of them are a block of it.
POSE_INLINE int packed_place(const Conv2d& op, int c) {
  const int pixels = op.placing == StoreMode::shuffle ? op.factor * op.factor : 1;
  return c % pixels * (op.out_c / pixels) + c / pixels;
}

// scale [out_c] and shift [out_c] of a folded batch norm and the op's bias; what is missing is 1 and 0.
POSE_INLINE float scale_of(const RawWeights& raw, int c) {
  return raw.scale != nullptr ? raw.scale[c] : 1.0f;
}
POSE_INLINE float shift_of(const Conv2d& op, const RawWeights& raw, int c) {
  return raw.shift != nullptr ? raw.shift[c] : op.bias ? raw.tensors[1][c] : 0.0f;
}

} // namespace pose
