// Tests scale: known values, and every kernel against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"
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

TEST_CASE("scale multiplies every element where there are as many factors") {
  for_each_result(Scale{}, {.in = {{1, 1, 2, 2}, {1, 1, 2, 2}}}, {{1, 2, 3, 4}, {10, -1, 100, 0}}, [](const std::string& name, const Values& y) {
    INFO(name);
    CHECK(y == Values{10, -2, 300, 0});
  });
}

TEST_CASE("every kernel of scale matches the reference implementation") {
  check_kernels(cases_of<Scale>());
}

TEST_CASE("scale names the wrong input") {
  const Shape x{1, 2, 2, 3}, s{1, 1, 1, 3};
  CHECK_THROWS_WITH_AS(infer(Scale{true}, std::vector<Shape>{x, s}), "expected 3 input(s), found 2", Error);
  CHECK_THROWS_WITH_AS(infer(Scale{}, std::vector<Shape>{x, {1, 2, 1, 3}}), "factors: expected 1x3x1x1 or 1x3x2x2, found 1x3x2x1", Error);
  CHECK_THROWS_WITH_AS(infer(Scale{true}, std::vector<Shape>{x, s, s}), "residual: expected 1x3x2x2, found 1x3x1x1", Error);
}
