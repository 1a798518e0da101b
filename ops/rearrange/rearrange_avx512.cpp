// Instantiates rearrange.inc.h for AVX-512.
// SPDX-License-Identifier: MIT
#include "ops/rearrange/rearrange.h"
#include "ops/vec/f32x16.h"
#include "ops/vec/rows.h"

namespace pose::avx512 {
namespace {

#include "ops/rearrange/rearrange.inc.h"

} // namespace
} // namespace pose::avx512

namespace pose {

const Kernel<Rearrange> rearrange_avx512{"avx512", Target::avx512, avx512::accepts, nullptr, nullptr, nullptr, avx512::run};

} // namespace pose
