// Instantiates pixel_shuffle.inc.h for AVX-512.
// SPDX-License-Identifier: MIT
#include "ops/pixel_shuffle/pixel_shuffle.h"
#include "ops/vec/f32x16.h"
#include "ops/vec/rows.h"

namespace pose::avx512 {
namespace {

#include "ops/pixel_shuffle/pixel_shuffle.inc.h"

} // namespace
} // namespace pose::avx512

namespace pose {

const Kernel<PixelShuffle> pixel_shuffle_avx512{"avx512_by_2", Target::avx512, avx512::accepts, nullptr, nullptr, nullptr, avx512::run};

} // namespace pose
