// Peak burst: fused multiply-adds on ten registers.
// SPDX-License-Identifier: MIT
//
// Generic over the vector type V.  A file for one target includes it as text inside that target's anonymous namespace.

constexpr int kChains = 10; // two FMA units with a latency of 4 or 5 cycles

float burst(std::int64_t rounds) noexcept {
  V sum[kChains], factor = splat(0.999f);
  for (int i = 0; i < kChains; i++) sum[i] = splat(float(i));
  for (std::int64_t r = 0; r < rounds; r++) {
#pragma GCC unroll 10
    for (int i = 0; i < kChains; i++) sum[i] = fma(sum[i], factor, factor);
  }
  for (int i = 1; i < kChains; i++) sum[0] = add(sum[0], sum[i]);
  float lanes[kV];
  store(lanes, sum[0]);
  return lanes[0];
}

constexpr PeakBurst kBurst{burst, kChains* kV * 2};
