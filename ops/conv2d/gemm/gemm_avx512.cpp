// Instantiates gemm.inc.h for AVX-512: any convolution, and a net's first layer.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/cost.h"
#include "ops/conv2d/pack.h"
#include "ops/vec/f32x16.h"

namespace pose::avx512 {
namespace {

inline constexpr int kTile = 14; // 14 x 2 sums + 2 weights + 1 input = 31 of 32 registers

#include "ops/conv2d/pixels.inc.h"

#include "ops/conv2d/epilogue.inc.h"

#include "ops/conv2d/gemm/tile.inc.h"

#include "ops/conv2d/gemm/gemm.inc.h"

} // namespace
} // namespace pose::avx512

namespace pose {

const Kernel<Conv2d> conv2d_avx512_gemm = avx512::gemm_kernel("avx512_gemm", Target::avx512);
const Kernel<Conv2d> conv2d_avx512_stem = avx512::stem_kernel("avx512_stem", Target::avx512);

} // namespace pose
