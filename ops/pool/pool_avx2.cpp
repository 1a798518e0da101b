// Instantiates pool.inc.h for AVX2.
// SPDX-License-Identifier: MIT
#include "ops/pool/pool.h"
#include "ops/pool/window.h"
#include "ops/vec/f32x8.h"
#include "ops/vec/rows.h"

namespace pose::avx2 {
namespace {

#include "ops/pool/pool.inc.h"

} // namespace
} // namespace pose::avx2

namespace pose {

const Kernel<MaxPool> max_pool_avx2{"avx2", Target::avx2, avx2::accepts<MaxPool>, nullptr, nullptr, avx2::scratch_row<MaxPool>, avx2::run_max};
const Kernel<AvgPool> avg_pool_avx2_global{"avx2_global", Target::avx2, avx2::accepts_global, nullptr, nullptr, nullptr, avx2::run_global};
const Kernel<AvgPool> avg_pool_avx2{"avx2", Target::avx2, avx2::accepts_windows, nullptr, nullptr, avx2::scratch_row<AvgPool>, avx2::run_avg};

} // namespace pose
