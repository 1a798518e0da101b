// Tests the device kernels of resize against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/device/device_harness.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::device_harness;

TEST_CASE("every device kernel of resize matches the reference implementation") {
  std::vector<Case<Resize>> cases;
  for (bool wide_out : {false, true}) {
    for (int c : {1, 8, 13}) {
      const Resize larger{ResizeKind::linear, 6, 10, 0.5f, -0.25f, 0.5f, -0.25f}, nearest{ResizeKind::nearest, 4, 8, 0.75f, 0, 0.625f, 0};
      cases.push_back({larger, {.in = {{1, 3, 5, c}}, .wide_out = wide_out}, float_sum_of(8, kLinear, wide_out), larger});
      cases.push_back({nearest, {.in = {{1, 3, 5, c}}, .wide_out = wide_out, .special = true}, moved(), {}});
    }
  }
  check_device_kernels(cases);
}
