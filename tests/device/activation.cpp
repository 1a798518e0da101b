// Tests the device kernels of activation against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/device/device_harness.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::device_harness;

TEST_CASE("every device kernel of activation matches the reference implementation") {
  std::vector<Case<Activation>> cases;
  for (const Act& act : {kLinear, kRelu, kLeaky, Act{ActKind::relu6}, Act{ActKind::mish}, Act{ActKind::logistic}, Act{ActKind::swish}}) {
    for (int c : {1, 8, 13, 33}) {
      for (bool wide_out : {false, true}) {
        const Data data{.in = {{1, 3, 5, c}}, .wide_out = wide_out, .low = -9, .high = 9};
        cases.push_back({Activation{act}, data, float_sum_of(1, act, wide_out), Activation{}});
      }
    }
  }
  check_device_kernels(cases);
}
