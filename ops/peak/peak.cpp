// Implements peak.h: times the bursts.
// SPDX-License-Identifier: MIT
#include "ops/peak/peak.h"

#include <xmmintrin.h>

#include <algorithm>
#include <chrono>

namespace pose {
namespace {

constexpr int kChains = 8; // enough to hide the latency of an addition on every x86 so far

float burst_sse(std::int64_t rounds) noexcept {
  __m128 sum[kChains], factor = _mm_set1_ps(0.999f);
  for (int i = 0; i < kChains; i++) sum[i] = _mm_set1_ps(float(i));
  for (std::int64_t r = 0; r < rounds; r++) {
    for (__m128& s : sum) s = _mm_add_ps(_mm_mul_ps(s, factor), factor);
  }
  for (int i = 1; i < kChains; i++) sum[0] = _mm_add_ps(sum[0], sum[i]);
  return _mm_cvtss_f32(sum[0]);
}

} // namespace

const PeakBurst peak_ref{burst_sse, kChains * 4 * 2};

double fma_peak_gflops(Target target) {
  constexpr std::int64_t kRounds = 100'000;
  constexpr int kBursts = 20;
  const PeakBurst& burst = target >= Target::avx512 ? peak_avx512 : target >= Target::avx2 ? peak_avx2 : peak_ref;
  volatile float keep = 0;
  double best = 1e30;
  for (int i = 0; i < kBursts; i++) {
    const auto start = std::chrono::steady_clock::now();
    keep = burst.run(kRounds);
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  (void)keep;
  return 1e-9 * double(kRounds) * burst.flop_per_round / best;
}

} // namespace pose
