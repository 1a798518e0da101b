// Instantiates gemv.inc.h for AVX2.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/gemv/pack.h"
#include "ops/vec/f32x8.h"

namespace pose::avx2 {
namespace {

constexpr int kPictures = 3, kPanelBlocks = 2; // 3 x 2 blocks of two accumulators, 3 broadcasts, 1 weight: all 16 registers

#include "ops/conv2d/gemv/gemv.inc.h"

} // namespace
} // namespace pose::avx2

namespace pose {

const Kernel<Conv2d> conv2d_avx2_gemv = {"avx2_gemv", Target::avx2, avx2::accepts, gemv_packed_floats, avx2::pack, nullptr, avx2::run};

} // namespace pose
