// Instantiates concat.inc.h for AVX-512.
// SPDX-License-Identifier: MIT
#include "ops/concat/concat.h"
#include "ops/vec/f32x16.h"
#include "ops/vec/rows.h"

namespace pose::avx512 {
namespace {

#include "ops/concat/concat.inc.h"

} // namespace
} // namespace pose::avx512

namespace pose {

const Kernel<Concat> concat_avx512{"avx512", Target::avx512, avx512::accepts_concat, nullptr, nullptr, nullptr, avx512::run_concat};
const Kernel<Slice> slice_avx512{"avx512", Target::avx512, avx512::accepts_slice, nullptr, nullptr, nullptr, avx512::run_slice};

} // namespace pose
