// conv2d for AVX-512: matrix products, of any convolution and of a net's first layer.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/conv2d_cost.h"
#include "ops/conv2d/conv2d_pack.h"
#include "ops/vec/f32x16.h"

namespace pose::avx512 {
namespace {

inline constexpr int kTile = 14; // 14 x 2 sums + 2 weights + 1 input = 31 of 32 registers

#include "ops/conv2d/conv2d_pixels.h"

#include "ops/conv2d/conv2d_epilogue.h"

#include "ops/conv2d/conv2d_tile.h"

#include "ops/conv2d/conv2d_gemm.h"

} // namespace
} // namespace pose::avx512

namespace pose {

const Kernel<Conv2d> conv2d_avx512_gemm = avx512::gemm_kernel("avx512_gemm", Target::avx512);
const Kernel<Conv2d> conv2d_avx512_stem = avx512::stem_kernel("avx512_stem", Target::avx512);

} // namespace pose
