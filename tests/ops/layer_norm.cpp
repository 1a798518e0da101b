// Tests layer_norm: known values, and every kernel against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::harness;

TEST_CASE("layer_norm shifts and scales the channels of every pixel") {
  // Two pixels of 4 channels: mean 2, variance 1; mean 0, variance 4.
  const Values x = {1, 2, 3, -2, 1, 2, 3, -2};
  for_each_result(LayerNorm{4, 0}, {.in = {{1, 1, 2, 4}}, .weights = {{1, 2, 1, 1}, {0, 0, 10, 0}}}, {x},
                  [](const std::string& name, const Values& y) {
                    INFO(name);
                    CHECK(y == Values{-1, 1, 2, -2, 9, 11, 1, -1});
                  });
}

TEST_CASE("every kernel of layer_norm matches the reference implementation") {
  check_kernels(cases_of<LayerNorm>());
}

TEST_CASE("layer_norm names the wrong parameter") {
  const std::vector<Shape> x = {{1, 2, 3, 4}};
  CHECK_THROWS_WITH_AS(infer(LayerNorm{5}, x), "channels: expected 5, found input 1x4x2x3", Error);
  CHECK_THROWS_WITH_AS(infer(LayerNorm{4, -1}, x), "eps: expected a number from 0 on, found -1", Error);
}
