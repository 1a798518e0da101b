// Tests binary: known values, and every kernel against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::harness;

TEST_CASE("binary computes number by number, and repeats sides of 1") {
  const auto check = [](BinaryKind kind, const Shape& a, const Values& u, const Shape& b, const Values& v, const Values& want) {
    for_each_result(Binary{kind}, {.in = {a, b}}, {u, v}, [&](const std::string& name, const Values& y) {
      INFO(name);
      CHECK(y == want);
    });
  };
  const Shape pair{1, 1, 2, 1}, one{1, 1, 1, 1};
  check(BinaryKind::add, pair, {1, -2}, pair, {4, 8}, {5, 6});
  check(BinaryKind::sub, pair, {1, -2}, one, {4}, {-3, -6});
  check(BinaryKind::mul, one, {3}, pair, {4, 8}, {12, 24});
  check(BinaryKind::div, pair, {1, -2}, pair, {4, 8}, {0.25f, -0.25f});
  check(BinaryKind::min, pair, {1, -2}, one, {0}, {0, -2});
  check(BinaryKind::max, pair, {1, -2}, one, {0}, {1, 0});
  check(BinaryKind::prelu, pair, {1, -2}, one, {0.5f}, {1, -1});
  check(BinaryKind::add, {1, 2, 1, 1}, {1, 2}, {1, 1, 2, 2}, {10, 20, 30, 40}, {11, 21, 12, 22, 31, 41, 32, 42});
}

TEST_CASE("every kernel of binary matches the reference implementation") {
  check_kernels(cases_of<Binary>());
}

TEST_CASE("binary requires two maps of fitting sides") {
  CHECK_THROWS_WITH_AS(infer(Binary{}, std::vector<Shape>(1, {1, 2, 3, 4})), "expected 2 input(s), found 1", Error);
  CHECK_THROWS_WITH_AS(infer(Binary{}, std::vector<Shape>{{1, 2, 3, 4}, {1, 2, 2, 4}}),
                       "input 1: expected the sides of input 0, 1x4x2x3, or 1, found 1x4x2x2", Error);
}
