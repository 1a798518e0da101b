// Instantiates pool.inc.h for AVX-512.
// SPDX-License-Identifier: MIT
#include "ops/pool/pool.h"
#include "ops/pool/window.h"
#include "ops/vec/f32x16.h"
#include "ops/vec/rows.h"

namespace pose::avx512 {
namespace {

#include "ops/pool/pool.inc.h"

} // namespace
} // namespace pose::avx512

namespace pose {

const Kernel<MaxPool> max_pool_avx512{"avx512",       Target::avx512, avx512::accepts<MaxPool>, nullptr, nullptr, avx512::scratch_row<MaxPool>,
                                      avx512::run_max};
const Kernel<AvgPool> avg_pool_avx512_global{"avx512_global", Target::avx512, avx512::accepts_global, nullptr, nullptr, nullptr, avx512::run_global};
const Kernel<AvgPool> avg_pool_avx512{"avx512",       Target::avx512, avx512::accepts_windows, nullptr, nullptr, avx512::scratch_row<AvgPool>,
                                      avx512::run_avg};

} // namespace pose
