// scale: known values, and every kernel against the definition.
// SPDX-License-Identifier: MIT
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::harness;

TEST_CASE("scale multiplies every channel, adds the residual, then activates") {
  const std::vector<Values> inputs = {{1, 2, 3, 4}, {10, -1}, {0.5f, -30, 1, 5}};
  for_each_result(Scale{true, kRelu}, {.in = {{1, 1, 2, 2}, {1, 1, 1, 2}, {1, 1, 2, 2}}}, inputs, [](const std::string& name, const Values& y) {
    INFO(name);
    CHECK(y == Values{10.5f, 0, 0, 1});
  });
}

TEST_CASE("every kernel of scale does what the definition says") {
  std::vector<Case<Scale>> cases;
  for (const Act& act : {kLinear, kRelu, Act{ActKind::logistic}}) {
    for (bool residual : {false, true}) {
      for (int c : {1, 3, 8, 15, 16, 17, 33, 255}) {
        for (const Shape& s : {Shape{1, 1, 1, c}, Shape{1, 3, 5, c}}) {
          Data data{.in = {s, {1, 1, 1, c}}, .low = -3, .high = 3, .special = act == kLinear};
          if (residual) data.in.push_back(s);
          cases.push_back({Scale{residual, act}, data, sum_of(2, act), Scale{residual, kLinear}});
        }
      }
    }
  }
  cases.push_back({Scale{true, kRelu}, {.in = {{1, 300, 31, 40}, {1, 1, 1, 40}, {1, 300, 31, 40}}}, sum_of(2), Scale{true, kLinear}});
  cases.push_back({Scale{}, {.in = {{1, 4, 9, 3}, {1, 1, 1, 3}}, .layout = Layout::compact}, sum_of(1), Scale{}});
  check_kernels(cases);
}

TEST_CASE("scale says which input is wrong") {
  const Shape x{1, 2, 2, 3}, s{1, 1, 1, 3};
  CHECK_THROWS_WITH_AS(infer(Scale{true}, std::vector<Shape>{x, s}), "expected 3 input(s), found 2", Error);
  CHECK_THROWS_WITH_AS(infer(Scale{}, std::vector<Shape>{x, x}), "factors: expected 1x3x1x1, found 1x3x2x2", Error);
  CHECK_THROWS_WITH_AS(infer(Scale{true}, std::vector<Shape>{x, s, s}), "residual: expected 1x3x2x2, found 1x3x1x1", Error);
}
