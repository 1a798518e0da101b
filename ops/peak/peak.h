// peak: how fast this machine multiplies and adds, and how fast it reads memory, measured: the two roofs above every kernel's speed.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/target.h"

#include <cstdint>

namespace pose {

// Best of several short bursts, one thread, in GFLOP/s; takes some 20 ms.  For targets without a burst of their own, that of the next lower one.
double fma_peak_gflops(Target target);

// Memory bandwidth of `threads` threads together, in GB/s, the best of five passes through four times the last-level cache (128 MiB to 1 GiB, given
// back afterwards); takes half a second.  Throws Error when there is no memory. Reading: every float once, added up.  What a layer with large weights
// can reach at most.
double bandwidth_gbps(int threads = 1);
// to[i] = a[i] + s * b[i]: 12 bytes counted for each i, as two reads and a write.  The cache fetches a line before it is written, so that a third
// more moves than is counted, as in layers that read maps and write one.
double triad_gbps(int threads = 1);

// Four times the last-level cache, within what any machine can spare (128 MiB to 1 GiB): of so much, used in turn, hardly anything is still in the
// cache when its turn comes again.
std::int64_t uncached_bytes();

// A burst: `rounds` times `flop_per_round` floating-point operations on registers only; returns a value that depends on all of them.
struct PeakBurst {
  float (*run)(std::int64_t rounds) noexcept;
  int flop_per_round;
};
extern const PeakBurst peak_ref, peak_avx2, peak_avx512;

} // namespace pose
