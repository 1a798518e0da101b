// Instantiates resize.inc.h for AVX-512.
// SPDX-License-Identifier: MIT
#include "ops/resize/resize.h"
#include "ops/vec/f32x16.h"
#include "ops/vec/rows.h"

namespace pose::avx512 {
namespace {

#include "ops/resize/resize.inc.h"

} // namespace
} // namespace pose::avx512

namespace pose {

const Kernel<Resize> resize_avx512{"avx512", Target::avx512, avx512::accepts, nullptr, nullptr, avx512::scratch_floats, avx512::run};

} // namespace pose
