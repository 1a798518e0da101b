// Tests the device kernels of layer_norm against the reference implementation.
// SPDX-License-Identifier: MIT
#include "ops/device_bound.h"
#include "tests/device/device_harness.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::device_harness;

TEST_CASE("every device kernel of layer_norm matches the reference implementation") {
  std::vector<Case<LayerNorm>> cases;
  for (int c : {1, 8, 13, 300}) {
    for (bool wide_out : {false, true}) {
      const LayerNorm op{c, 0.015625f}; // see tests/ops/layer_norm_cases.cpp
      const Tolerance tolerance = [op, wide_out](Precision p, double want, double) {
        return rounding_bound(op, {}, {0, want, 0}) + (wide_out ? 0 : device_store_bound(p, want));
      };
      const Data data{.in = {{1, 3, 5, c}}, .weights = {harness::random_values(c, 1, 0.5f, 2), harness::random_values(c, 2)}, .wide_out = wide_out};
      cases.push_back({op, data, tolerance, {}});
    }
  }
  check_device_kernels(cases);
}
