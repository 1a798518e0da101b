// Tests the device kernels of permute against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/device/device_harness.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::device_harness;

TEST_CASE("every device kernel of permute matches the reference implementation") {
  std::vector<Case<Permute>> cases;
  for (bool wide_out : {false, true}) {
    const auto add = [&](const Permute& op, const Shape& in) {
      cases.push_back({op, {.in = {in}, .wide_out = wide_out, .special = true}, moved(), {}});
    };
    add({3, {17, 3, 5}, {1, 2, 0}, 15, 1, 17}, {1, 3, 5, 17});
    add({4, {3, 16, 4, 5}, {1, 0, 2, 3}, 48, 4, 5}, {1, 4, 5, 48});
    add({2, {10, 21}, {1, 0}, 21, 2, 5}, {1, 5, 7, 6});
  }
  check_device_kernels(cases);
}
