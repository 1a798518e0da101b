// Tests the device kernels of scale against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/device/device_harness.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::device_harness;

TEST_CASE("every device kernel of scale matches the reference implementation") {
  std::vector<Case<Scale>> cases;
  for (const Act& act : {kLinear, kRelu, Act{ActKind::logistic}}) {
    for (int c : {1, 8, 13, 36}) {
      for (bool residual : {false, true}) {
        for (bool wide_out : {false, true}) {
          Data data{.in = {{1, 3, 5, c}, {1, 1, 1, c}}, .wide_out = wide_out};
          if (residual) data.in.push_back(data.in[0]);
          cases.push_back({Scale{residual, act}, data, float_sum_of(2, act, wide_out), Scale{residual}});
          data.in[1] = data.in[0];
          cases.push_back({Scale{residual, act}, data, float_sum_of(2, act, wide_out), Scale{residual}});
        }
      }
    }
  }
  check_device_kernels(cases);
}
