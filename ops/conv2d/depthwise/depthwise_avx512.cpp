// Instantiates depthwise.inc.h for AVX-512.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/pack.h"
#include "ops/vec/f32x16.h"

namespace pose::avx512 {
namespace {

inline constexpr int kTile = 14; // 14 x 2 sums + 2 weights + 1 input = 31 of 32 registers

#include "ops/conv2d/pixels.inc.h"

#include "ops/conv2d/epilogue.inc.h"

#include "ops/conv2d/depthwise/depthwise.inc.h"

} // namespace
} // namespace pose::avx512

namespace pose {

const Kernel<Conv2d> conv2d_avx512_depthwise = avx512::depthwise_kernel("avx512_depthwise", Target::avx512);

} // namespace pose
