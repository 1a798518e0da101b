// activation on the device against the definition.
// SPDX-License-Identifier: MIT
#include "tests/device/device_harness.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::device_harness;

TEST_CASE("every device kernel of activation does what the definition says") {
  std::vector<Case<Activation>> cases;
  for (const Act& act : {kLinear, kRelu, kLeaky, Act{ActKind::relu6}, Act{ActKind::mish}, Act{ActKind::logistic}, Act{ActKind::swish}}) {
    for (int c : {1, 8, 13, 33}) cases.push_back({Activation{act}, {.in = {{1, 3, 5, c}}, .low = -9, .high = 9}, sum_of(1, act), Activation{}});
  }
  check_device_kernels(cases);
}
