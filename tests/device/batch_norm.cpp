// Tests the device kernels of batch_norm against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/device/device_harness.h"
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::device_harness;

TEST_CASE("every device kernel of batch_norm matches the reference implementation") {
  std::vector<Case<BatchNorm>> cases;
  for (const Act& act : {kLinear, kLeaky, Act{ActKind::swish}}) {
    for (int c : {1, 8, 13, 36}) {
      for (bool wide_out : {false, true}) {
        Data data{.in = {{1, 3, 5, c}}, .wide_out = wide_out};
        data.weights = {harness::random_values(c, 11, 0.5f, 1.5f), harness::random_values(c, 12), harness::random_values(c, 13),
                        harness::random_values(c, 14, 0.1f, 2)};
        // The magnitude must be |x| * |scale| + |shift|.  Since shift is a difference, its terms are added.
        const Tolerance sum = float_sum_of(2, act, wide_out);
        const Tolerance tolerance = [sum](Precision p, double want, double magnitude) { return sum(p, want, magnitude + 10); };
        cases.push_back({BatchNorm{c, 1e-5f, act}, data, tolerance, BatchNorm{c}});
      }
    }
  }
  check_device_kernels(cases);
}
