// Roofline limits of this machine, measured: peak multiply-add rate and memory bandwidth.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/target.h"

#include <cstdint>

namespace pose {

// Returns the GFLOP/s of one thread, the best of several short bursts.  Takes some 20 ms.
// A target without its own burst uses that of the next lower one.
double fma_peak_gflops(Target target);

// Returns the memory bandwidth of `threads` threads together, in GB/s: the limit for a layer with large weights.  Takes half a second.
// It is the best of five passes that read every float once and add it up.
// The array is four times the last-level cache (128 MiB to 1 GiB) and is freed afterwards.  Throws Error when memory is short.
double bandwidth_gbps(int threads = 1);
// Returns the bandwidth of to[i] = a[i] + s * b[i], in GB/s; each i counts as 12 bytes, two reads and a write.
// The cache fetches a line before it is written, so a third more is moved than counted.  Layers that read maps and write one behave alike.
double triad_gbps(int threads = 1);

// Returns four times the last-level cache, clamped to what any machine can spare (128 MiB to 1 GiB).
// When a loop cycles through that much memory, hardly any of it is still cached when it is used again.
std::int64_t uncached_bytes();

// Runs `rounds` times `flop_per_round` floating-point operations on registers only.  Returns a value that depends on all of them.
struct PeakBurst {
  float (*run)(std::int64_t rounds) noexcept;
  int flop_per_round;
};
extern const PeakBurst peak_ref, peak_avx2, peak_avx512;

} // namespace pose
