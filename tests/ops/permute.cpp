// Tests permute: known values, and every kernel against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

#include <numeric>

using namespace pose;
using namespace pose::harness;

TEST_CASE("permute moves numbers as a reshape, a transposition and a reshape do") {
  Values x(12);
  std::iota(x.begin(), x.end(), 0.0f); // 2 channels of 2 x 3 pixels
  const auto check = [&](const Permute& op, const Values& want) {
    for_each_result(op, {.in = {{1, 2, 3, 2}}}, {x}, [&](const std::string& name, const Values& y) {
      INFO(name);
      CHECK(y == want);
    });
  };
  check({3, {2, 2, 3}, {0, 1, 2}, 4, 3, 1}, x);
  check({2, {2, 6}, {1, 0}, 6, 1, 2}, {0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11});
  check({3, {2, 2, 3}, {2, 0, 1}, 3, 2, 2}, {0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11});
}

TEST_CASE("every kernel of permute matches the reference implementation") {
  check_kernels(cases_of<Permute>());
}

TEST_CASE("permute names the wrong parameter") {
  const std::vector<Shape> x = {{1, 2, 3, 2}};
  CHECK_THROWS_WITH_AS(infer(Permute{0, {}, {}, 2, 2, 3}, x), "axes: expected 1 to 8, found 0", Error);
  CHECK_THROWS_WITH_AS(infer(Permute{2, {2, 6}, {1, 1}, 2, 2, 3}, x), "order: expected every axis once, found 1 at 1", Error);
  CHECK_THROWS_WITH_AS(infer(Permute{2, {2, 6}, {1, 2}, 2, 2, 3}, x), "order: expected every axis once, found 2 at 1", Error);
  CHECK_THROWS_WITH_AS(infer(Permute{2, {2, 5}, {1, 0}, 2, 2, 3}, x), "size: expected a product of 12, the numbers of 1x2x2x3, found another", Error);
  CHECK_THROWS_WITH_AS(infer(Permute{8, {65536, 65536, 65536, 65536, 65536, 65536, 65536, 65536}, {0, 1, 2, 3, 4, 5, 6, 7}, 2, 2, 3}, x),
                       "size: expected a product of 12, the numbers of 1x2x2x3, found another", Error);
  CHECK_THROWS_WITH_AS(infer(Permute{1, {12}, {0}, 2, 2, 4}, x), "result: expected as many numbers as 1x2x2x3 has, found 1x2x2x4", Error);
}
