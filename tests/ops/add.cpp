// add: known values, and every kernel against the definition.
// SPDX-License-Identifier: MIT
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::harness;

TEST_CASE("add adds, then activates") {
  for_each_result(Add{kRelu}, {.in = {{1, 1, 2, 2}, {1, 1, 2, 2}}}, {{1, -2, 3, 4}, {10, 1, -5, 0.5f}}, [](const std::string& name, const Values& y) {
    INFO(name);
    CHECK(y == Values{11, 0, 0, 4.5f});
  });
}

TEST_CASE("every kernel of add does what the definition says") {
  std::vector<Case<Add>> cases;
  for (const Act& act : {kLinear, kRelu, kLeaky, Act{ActKind::mish}, Act{ActKind::logistic}}) {
    for (int c : {1, 3, 8, 15, 16, 17, 33, 255}) {
      for (const Shape& s : {Shape{1, 1, 1, c}, Shape{1, 3, 5, c}}) {
        cases.push_back({Add{act}, {.in = {s, s}, .low = -3, .high = 3, .special = act == kLinear || act == kRelu}, sum_of(2, act), Add{}});
      }
    }
  }
  cases.push_back({Add{}, {.in = {{1, 300, 31, 40}, {1, 300, 31, 40}}}, sum_of(2), Add{}});
  cases.push_back({Add{}, {.in = {{1, 4, 9, 3}, {1, 4, 9, 3}}, .layout = Layout::compact}, sum_of(2), Add{}});
  check_kernels(cases);
}

TEST_CASE("add wants two inputs of one shape") {
  CHECK_THROWS_WITH_AS(infer(Add{}, std::vector<Shape>{{1, 2, 2, 3}}), "expected 2 input(s), found 1", Error);
  CHECK_THROWS_WITH_AS(infer(Add{}, std::vector<Shape>{{1, 2, 2, 3}, {1, 2, 3, 3}}), "input 1: expected the shape of input 0, 1x3x2x2, found 1x3x2x3",
                       Error);
}
