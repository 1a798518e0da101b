// Tests the device kernels of binary against the reference implementation.
// SPDX-License-Identifier: MIT
#include "ops/device_bound.h"
#include "tests/device/device_harness.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace pose;
using namespace pose::device_harness;

TEST_CASE("every device kernel of binary matches the reference implementation") {
  std::vector<Case<Binary>> cases;
  for (bool wide_out : {false, true}) {
    for (BinaryKind kind :
         {BinaryKind::add, BinaryKind::sub, BinaryKind::mul, BinaryKind::div, BinaryKind::min, BinaryKind::max, BinaryKind::prelu}) {
      const bool sum = kind == BinaryKind::add || kind == BinaryKind::sub;
      const Tolerance sums = float_sum_of(2, kLinear, wide_out);
      const Tolerance rounded = [wide_out](Precision p, double want, double) {
        return std::fabs(want) * 0x1p-24 + (wide_out ? 0 : device_store_bound(p, want));
      };
      const auto add = [&](const Shape& a, const Shape& b) {
        cases.push_back({{kind}, {.in = {a, b}, .wide_out = wide_out}, sum ? sums : rounded, Binary{BinaryKind::add}});
      };
      add({1, 3, 5, 13}, {1, 3, 5, 13});
      add({1, 3, 5, 13}, {1, 1, 1, 13});
      add({1, 1, 5, 1}, {1, 3, 1, 9});
    }
  }
  check_device_kernels(cases);
}
