// Instantiates binary.inc.h for AVX-512.
// SPDX-License-Identifier: MIT
#include "ops/binary/binary.h"
#include "ops/vec/f32x16.h"
#include "ops/vec/rows.h"

namespace pose::avx512 {
namespace {

#include "ops/binary/binary.inc.h"

} // namespace
} // namespace pose::avx512

namespace pose {

const Kernel<Binary> binary_avx512{"avx512", Target::avx512, avx512::accepts, nullptr, nullptr, nullptr, avx512::run};

} // namespace pose
