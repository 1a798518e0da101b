// Tests matmul: known values, and every kernel against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::harness;

TEST_CASE("matmul multiplies the matrices of every row") {
  // Dense values go channel by channel: a matrix is written column by column.
  const Values a = {1, 3, 2, 4}, b = {5, 7, 6, 8}; // [1 2; 3 4] and [5 6; 7 8]
  for_each_result(Matmul{}, {.in = {{1, 1, 2, 2}, {1, 1, 2, 2}}}, {a, b}, [](const std::string& name, const Values& y) {
    INFO(name);
    CHECK(y == Values{19, 43, 22, 50});
  });
  for_each_result(Matmul{}, {.in = {{1, 2, 1, 1}, {1, 1, 1, 2}}}, {{2, 3}, {10, 100}}, [](const std::string& name, const Values& y) {
    INFO(name);
    CHECK(y == Values{20, 30, 200, 300});
  });
}

TEST_CASE("every kernel of matmul matches the reference implementation") {
  check_kernels(cases_of<Matmul>());
}

TEST_CASE("matmul requires matrices that fit") {
  CHECK_THROWS_WITH_AS(infer(Matmul{}, std::vector<Shape>{{1, 2, 3, 4}, {1, 2, 3, 4}}),
                       "input 1: expected 4 pixels in each of 2 rows or of one, found 1x4x2x3", Error);
  CHECK_THROWS_WITH_AS(infer(Matmul{}, std::vector<Shape>{{1, 2, 3, 4}, {1, 3, 4, 4}}),
                       "input 1: expected 4 pixels in each of 2 rows or of one, found 1x4x3x4", Error);
}
