// Instantiates depthwise.inc.h for AVX2.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/pack.h"
#include "ops/vec/f32x8.h"

namespace pose::avx2 {
namespace {

inline constexpr int kTile = 6; // 6 x 2 sums + 2 weights + 1 input = 15 of 16 registers

#include "ops/conv2d/pixels.inc.h"

#include "ops/conv2d/epilogue.inc.h"

#include "ops/conv2d/depthwise/depthwise.inc.h"

} // namespace
} // namespace pose::avx2

namespace pose {

const Kernel<Conv2d> conv2d_avx2_depthwise = avx2::depthwise_kernel("avx2_depthwise", Target::avx2);

} // namespace pose
