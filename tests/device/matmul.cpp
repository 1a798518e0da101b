// Tests the device kernels of matmul against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/device/device_harness.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::device_harness;

TEST_CASE("every device kernel of matmul matches the reference implementation") {
  std::vector<Case<Matmul>> cases;
  for (bool wide_out : {false, true}) {
    const auto add = [&](int b_matrices, int rows, int terms, int columns) {
      cases.push_back({{},
                       {.in = {{1, 2, rows, terms}, {1, b_matrices, terms, columns}}, .wide_out = wide_out},
                       float_sum_of(terms, kLinear, wide_out),
                       Matmul{}});
    };
    add(2, 5, 13, 9);
    add(1, 3, 40, 17);
  }
  check_device_kernels(cases);
}
