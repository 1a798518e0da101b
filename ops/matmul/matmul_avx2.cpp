// Instantiates matmul.inc.h for AVX2.
// SPDX-License-Identifier: MIT
#include "ops/matmul/matmul.h"
#include "ops/vec/f32x8.h"
#include "ops/vec/rows.h"

namespace pose::avx2 {
namespace {

#include "ops/matmul/matmul.inc.h"

} // namespace
} // namespace pose::avx2

namespace pose {

const Kernel<Matmul> matmul_avx2{"avx2", Target::avx2, avx2::accepts, nullptr, nullptr, nullptr, avx2::run};

} // namespace pose
