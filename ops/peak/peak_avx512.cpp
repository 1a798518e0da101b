// The AVX-512 burst: fused multiply-adds on ten registers.
// SPDX-License-Identifier: MIT
#include "ops/peak/peak.h"

#include "ops/vec/f32x16.h"

namespace pose {
namespace {

constexpr int kChains = 10; // two FMA units with a latency of 4 or 5 cycles

float burst(std::int64_t rounds) noexcept {
  using namespace avx512;
  V sum[kChains], factor = splat(0.999f);
  for (int i = 0; i < kChains; i++) sum[i] = splat(float(i));
  for (std::int64_t r = 0; r < rounds; r++) {
#pragma GCC unroll 10
    for (int i = 0; i < kChains; i++) sum[i] = fma(sum[i], factor, factor);
  }
  for (int i = 1; i < kChains; i++) sum[0] = add(sum[0], sum[i]);
  return _mm512_cvtss_f32(sum[0]);
}

} // namespace

const PeakBurst peak_avx512{burst, kChains* avx512::kV * 2};

} // namespace pose
