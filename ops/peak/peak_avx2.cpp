// Instantiates peak.inc.h for AVX2.
// SPDX-License-Identifier: MIT
#include "ops/peak/peak.h"
#include "ops/vec/f32x8.h"

namespace pose::avx2 {
namespace {

#include "ops/peak/peak.inc.h"

} // namespace
} // namespace pose::avx2

namespace pose {

const PeakBurst peak_avx2 = avx2::kBurst;

} // namespace pose
