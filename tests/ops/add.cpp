// Tests add: known values, and every kernel against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"
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

TEST_CASE("every kernel of add matches the reference implementation") {
  check_kernels(cases_of<Add>());
}

TEST_CASE("add requires two inputs of one shape") {
  CHECK_THROWS_WITH_AS(infer(Add{}, std::vector<Shape>{{1, 2, 2, 3}}), "expected 2 input(s), found 1", Error);
  CHECK_THROWS_WITH_AS(infer(Add{}, std::vector<Shape>{{1, 2, 2, 3}, {1, 2, 3, 3}}), "input 1: expected the shape of input 0, 1x3x2x2, found 1x3x2x3",
                       Error);
}
