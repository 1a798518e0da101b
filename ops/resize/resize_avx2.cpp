// Instantiates resize.inc.h for AVX2.
// SPDX-License-Identifier: MIT
#include "ops/resize/resize.h"
#include "ops/vec/f32x8.h"
#include "ops/vec/rows.h"

namespace pose::avx2 {
namespace {

#include "ops/resize/resize.inc.h"

} // namespace
} // namespace pose::avx2

namespace pose {

const Kernel<Resize> resize_avx2{"avx2", Target::avx2, avx2::accepts, nullptr, nullptr, avx2::scratch_floats, avx2::run};

} // namespace pose
