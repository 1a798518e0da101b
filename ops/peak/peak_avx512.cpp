// Instantiates peak.inc.h for AVX-512.
// SPDX-License-Identifier: MIT
#include "ops/peak/peak.h"
#include "ops/vec/f32x16.h"

namespace pose::avx512 {
namespace {

#include "ops/peak/peak.inc.h"

} // namespace
} // namespace pose::avx512

namespace pose {

const PeakBurst peak_avx512 = avx512::kBurst;

} // namespace pose
