// Tests constant: known values, and the contract of kernels.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::harness;

TEST_CASE("constant is its parameter") {
  const Values value = {1, 2, 3, 4, 5, 6};
  for_each_result(Constant{3, 1, 2}, {.weights = {value}}, {}, [&](const std::string& name, const Values& y) {
    INFO(name);
    CHECK(y == value);
  });
}

TEST_CASE("every kernel of constant matches the reference implementation") {
  check_kernels(cases_of<Constant>());
}

TEST_CASE("constant has no input, and sides") {
  CHECK_THROWS_WITH_AS(infer(Constant{1, 1, 1}, std::vector<Shape>(1, {1, 1, 1, 1})), "expected 0 input(s), found 1", Error);
  CHECK_THROWS_WITH_AS(infer(Constant{1, 0, 1}, {}), "map side: expected 1 to 65536, found 0", Error);
}
