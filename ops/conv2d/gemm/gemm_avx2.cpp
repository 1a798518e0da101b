// Instantiates gemm.inc.h for AVX2: any convolution, and a net's first layer.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/cost.h"
#include "ops/conv2d/pack.h"
#include "ops/vec/f32x8.h"

namespace pose::avx2 {
namespace {

inline constexpr int kTile = 6; // 6 x 2 sums + 2 weights + 1 input = 15 of 16 registers

#include "ops/conv2d/pixels.inc.h"

#include "ops/conv2d/epilogue.inc.h"

#include "ops/conv2d/gemm/tile.inc.h"

#include "ops/conv2d/gemm/gemm.inc.h"

} // namespace
} // namespace pose::avx2

namespace pose {

const Kernel<Conv2d> conv2d_avx2_gemm = avx2::gemm_kernel("avx2_gemm", Target::avx2);
const Kernel<Conv2d> conv2d_avx2_stem = avx2::stem_kernel("avx2_stem", Target::avx2);

} // namespace pose
