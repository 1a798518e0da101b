// Instantiates binary.inc.h for AVX2.
// SPDX-License-Identifier: MIT
#include "ops/binary/binary.h"
#include "ops/vec/f32x8.h"
#include "ops/vec/rows.h"

namespace pose::avx2 {
namespace {

#include "ops/binary/binary.inc.h"

} // namespace
} // namespace pose::avx2

namespace pose {

const Kernel<Binary> binary_avx2{"avx2", Target::avx2, avx2::accepts, nullptr, nullptr, nullptr, avx2::run};

} // namespace pose
