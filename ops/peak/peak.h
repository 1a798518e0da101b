// peak: how fast one core of this machine multiplies and adds, measured, for "% of peak" in tables.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/target.h"

#include <cstdint>

namespace pose {

// Best of several short bursts, one thread, in GFLOP/s; takes some 20 ms.  For targets without a burst of their own, that of the next lower one.
double fma_peak_gflops(Target target);

// A burst: `rounds` times `flop_per_round` floating-point operations on registers only; returns a value that depends on all of them.
struct PeakBurst {
  float (*run)(std::int64_t rounds) noexcept;
  int flop_per_round;
};
extern const PeakBurst peak_ref, peak_avx2, peak_avx512;

} // namespace pose
