// Tests the device kernels of activation against the reference implementation.
// SPDX-License-Identifier: MIT
#include "ops/device_bound.h"
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
  for (int kind = int(ActKind::tanh); kind <= int(kLastAct); kind++) {
    const Activation op{{ActKind(kind)}};
    const Tolerance tolerance = [op](Precision p, double want, double) { return 8 * act_bound(op.act, want) + device_store_bound(p, want); };
    cases.push_back({op, {.in = {{1, 3, 5, 13}}, .low = -9, .high = 9}, tolerance, Activation{}});
  }
  check_device_kernels(cases);
}
