// Instantiates concat.inc.h for AVX2.
// SPDX-License-Identifier: MIT
#include "ops/concat/concat.h"
#include "ops/vec/f32x8.h"
#include "ops/vec/rows.h"

namespace pose::avx2 {
namespace {

#include "ops/concat/concat.inc.h"

} // namespace
} // namespace pose::avx2

namespace pose {

const Kernel<Concat> concat_avx2{"avx2", Target::avx2, avx2::accepts_concat, nullptr, nullptr, nullptr, avx2::run_concat};
const Kernel<Slice> slice_avx2{"avx2", Target::avx2, avx2::accepts_slice, nullptr, nullptr, nullptr, avx2::run_slice};

} // namespace pose
