// Tests concat, slice: known values, and every kernel against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::harness;

TEST_CASE("concat appends channels, slice extracts them") {
  for_each_result(Concat{}, {.in = {{1, 1, 2, 1}, {1, 1, 2, 2}}}, {{1, 2}, {3, 4, 5, 6}}, [](const std::string& name, const Values& y) {
    INFO(name);
    CHECK(y == Values{1, 2, 3, 4, 5, 6});
  });
  for_each_result(Slice{1, 2}, {.in = {{1, 1, 2, 4}}}, {{1, 2, 3, 4, 5, 6, 7, 8}}, [](const std::string& name, const Values& y) {
    INFO(name);
    CHECK(y == Values{3, 4, 5, 6});
  });
}

TEST_CASE("every kernel of concat matches the reference implementation") {
  check_kernels(cases_of<Concat>());
}

TEST_CASE("every kernel of slice matches the reference implementation") {
  check_kernels(cases_of<Slice>());
}

TEST_CASE("concat and slice name the error") {
  CHECK_THROWS_WITH_AS(infer(Concat{}, std::vector<Shape>{}), "expected at least 1 input, found none", Error);
  CHECK_THROWS_WITH_AS(infer(Concat{}, std::vector<Shape>{{1, 2, 2, 3}, {1, 2, 3, 3}}), "input 1: expected n, h and w of 1x3x2x2, found 1x3x2x3",
                       Error);
  CHECK_THROWS_WITH_AS(infer(Concat{}, std::vector<Shape>{{1, 2, 2, 65536}, {1, 2, 2, 1}}), "channels: expected 1 to 65536, found 65537", Error);
  const std::vector<Shape> x = {{1, 2, 2, 3}};
  CHECK_THROWS_WITH_AS(infer(Slice{-1, 1}, x), "begin: expected 0 to 2, found -1", Error);
  CHECK_THROWS_WITH_AS(infer(Slice{3, 1}, x), "begin: expected 0 to 2, found 3", Error);
  CHECK_THROWS_WITH_AS(infer(Slice{1, 3}, x), "count: expected 1 to 2, found 3", Error);
  CHECK_THROWS_WITH_AS(infer(Slice{1, 0}, x), "count: expected 1 to 2, found 0", Error);
  CHECK_THROWS_WITH_AS(infer(Slice{1, 2147483647}, x), "count: expected 1 to 2, found 2147483647", Error);
}
