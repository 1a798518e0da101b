// Tests the device kernels of constant against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/device/device_harness.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::device_harness;

TEST_CASE("every device kernel of constant matches the reference implementation") {
  std::vector<Case<Constant>> cases;
  for (bool wide_out : {false, true}) {
    for (int c : {1, 8, 13}) {
      const Data data{.weights = {harness::random_values(c * 15, unsigned(c))}, .wide_out = wide_out};
      cases.push_back({{c, 3, 5}, data, wide_out ? moved() : exact(), {}});
    }
  }
  check_device_kernels(cases);
}
