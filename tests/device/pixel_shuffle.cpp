// Tests the device kernels of pixel_shuffle against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/device/device_harness.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::device_harness;

TEST_CASE("every device kernel of pixel_shuffle matches the reference implementation") {
  std::vector<Case<PixelShuffle>> cases;
  for (int factor : {1, 2, 3, 4}) {
    for (const Shape& s : {Shape{1, 1, 1, 1}, Shape{1, 3, 5, 8}, Shape{1, 4, 3, 13}, Shape{1, 2, 7, 17}}) {
      const Shape x{1, s.h, s.w, s.c * factor * factor};
      for (bool wide_out : {false, true}) cases.push_back({PixelShuffle{factor}, {.in = {x}, .wide_out = wide_out, .special = true}, moved(), {}});
    }
  }
  check_device_kernels(cases);
}
