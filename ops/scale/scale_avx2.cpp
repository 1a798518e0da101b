// Instantiates scale.inc.h for AVX2.
// SPDX-License-Identifier: MIT
#include "ops/scale/scale.h"
#include "ops/vec/f32x8.h"
#include "ops/vec/rows.h"

namespace pose::avx2 {
namespace {

#include "ops/scale/scale.inc.h"

} // namespace
} // namespace pose::avx2

namespace pose {

const Kernel<Scale> scale_avx2{"avx2", Target::avx2, avx2::accepts, nullptr, nullptr, nullptr, avx2::run};

} // namespace pose
