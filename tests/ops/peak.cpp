// Tests that the measured peaks are finite, and plausible for any machine of the last ten and the next ten years.
// SPDX-License-Identifier: MIT
#include "ops/peak/peak.h"
#include "tests/targets.h"

#include <doctest/doctest.h>

namespace pose {

TEST_CASE("the peak of every target of this CPU is plausible") {
  for (const Target target : targets_with_kernels()) {
    const double peak = fma_peak_gflops(target);
    CHECK(peak > 0.1);
    CHECK(peak < 1e4);
  }
}

TEST_CASE("the bandwidth of one thread and of two is plausible") {
  for (const int threads : {1, 2}) {
    for (const double gbps : {bandwidth_gbps(threads), triad_gbps(threads)}) {
      CHECK(gbps > 0.01); // sanitizers and emulators, too
      CHECK(gbps < 1e4);
    }
  }
}

} // namespace pose
