// Tests the device kernels of simcc_head against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/device/device_harness.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::device_harness;

TEST_CASE("every device kernel of simcc_head matches the reference implementation") {
  std::vector<Case<SimccHead>> cases;
  for (int joints : {1, 8, 17})
    cases.push_back({{192, 256}, {.in = {{1, 1, joints, 48}, {1, 1, joints, 64}}, .wide_out = true, .special = true}, moved(), {}});
  check_device_kernels(cases);
}
