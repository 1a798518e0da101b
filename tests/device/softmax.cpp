// Tests the device kernels of softmax against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/device/device_harness.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::device_harness;

TEST_CASE("every device kernel of softmax matches the reference implementation") {
  std::vector<Case<Softmax>> cases;
  for (int c : {1, 8, 13, 255, 300}) {
    for (bool wide_out : {false, true}) {
      // e^x multiplies the rounding of x - max by |x - max| (20 at most); then c terms, a division and two ulp of exp.
      const double relative = double(20 + c + 8) * 0x1p-24;
      const Tolerance tolerance = [relative, wide_out](Precision p, double want, double) {
        return relative * want * (1 + 0x1p-10) + (p == Precision::fp16 && !wide_out ? want * 0x1p-11 + 0x1p-25 : 0);
      };
      cases.push_back({Softmax{}, {.in = {{1, 3, 5, c}}, .wide_out = wide_out, .low = -10, .high = 10}, tolerance, {}});
      // The values are near 1, infinite, or so far apart that e^x is 0 or 1.
      const Tolerance special = [tolerance](Precision p, double want, double magnitude) { return tolerance(p, want, magnitude) + 1e-37; };
      cases.push_back({Softmax{}, {.in = {{1, 3, 5, c}}, .wide_out = wide_out, .special = true}, special, {}});
    }
  }
  check_device_kernels(cases);
}
