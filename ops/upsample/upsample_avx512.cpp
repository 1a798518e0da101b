// Instantiates upsample.inc.h for AVX-512.
// SPDX-License-Identifier: MIT
#include "ops/upsample/upsample.h"
#include "ops/vec/f32x16.h"
#include "ops/vec/rows.h"

namespace pose::avx512 {
namespace {

#include "ops/upsample/upsample.inc.h"

} // namespace
} // namespace pose::avx512

namespace pose {

const Kernel<Upsample> upsample_avx512{"avx512", Target::avx512, avx512::accepts, nullptr, nullptr, nullptr, avx512::run};

} // namespace pose
