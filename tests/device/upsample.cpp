// Tests the device kernels of upsample against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/device/device_harness.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::device_harness;

TEST_CASE("every device kernel of upsample matches the reference implementation") {
  std::vector<Case<Upsample>> cases;
  for (int factor : {1, 2, 3}) {
    for (const Shape& s : {Shape{1, 1, 1, 1}, Shape{1, 3, 5, 8}, Shape{1, 4, 3, 13}, Shape{1, 2, 7, 33}}) {
      for (bool wide_out : {false, true}) cases.push_back({Upsample{factor}, {.in = {s}, .wide_out = wide_out, .special = true}, moved(), {}});
    }
  }
  check_device_kernels(cases);
}
