// Tests the device kernels of add against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/device/device_harness.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::device_harness;

TEST_CASE("every device kernel of add matches the reference implementation") {
  std::vector<Case<Add>> cases;
  for (const Act& act : {kLinear, kRelu, kLeaky, Act{ActKind::mish}}) {
    for (int c : {1, 8, 13, 36}) {
      for (bool wide_out : {false, true})
        cases.push_back({Add{act}, {.in = {{1, 3, 5, c}, {1, 3, 5, c}}, .wide_out = wide_out}, float_sum_of(2, act, wide_out), Add{}});
    }
  }
  check_device_kernels(cases);
}
