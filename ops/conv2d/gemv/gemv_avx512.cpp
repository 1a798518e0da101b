// Instantiates gemv.inc.h for AVX-512.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/gemv/pack.h"
#include "ops/vec/f32x16.h"

namespace pose::avx512 {
namespace {

constexpr int kPictures = 6, kPanelBlocks = 4; // 6 x 4 accumulators, 4 weights, 1 broadcast: 29 of 32 registers

#include "ops/conv2d/gemv/gemv.inc.h"

} // namespace
} // namespace pose::avx512

namespace pose {

const Kernel<Conv2d> conv2d_avx512_gemv = {"avx512_gemv", Target::avx512, avx512::accepts, gemv_packed_floats, avx512::pack, nullptr, avx512::run};

} // namespace pose
