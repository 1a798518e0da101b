// Instantiates pixel_shuffle.inc.h for AVX2.
// SPDX-License-Identifier: MIT
#include "ops/pixel_shuffle/pixel_shuffle.h"
#include "ops/vec/f32x8.h"
#include "ops/vec/rows.h"

namespace pose::avx2 {
namespace {

#include "ops/pixel_shuffle/pixel_shuffle.inc.h"

} // namespace
} // namespace pose::avx2

namespace pose {

const Kernel<PixelShuffle> pixel_shuffle_avx2{"avx2_by_2", Target::avx2, avx2::accepts, nullptr, nullptr, nullptr, avx2::run};

} // namespace pose
