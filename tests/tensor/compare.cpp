// Tests that compare() detects every kind of wrong number.
// SPDX-License-Identifier: MIT
#include "tensor/compare.h"
#include "tests/special_values.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace pose;

TEST_CASE("compare passes values within the bound") {
  const std::vector<float> want = {0, -1, 100, kNan, kInf};
  CHECK(compare(std::vector<float>{0.0009f, -1.0009f, 99.9995f, kNan, kInf}, want, 1e-3).ok());
  CHECK(compare(want, want, 0).ok());
  CHECK(compare(std::vector<float>{101}, std::vector<float>{100}, 0, 0.011).ok());
  CHECK_FALSE(compare(std::vector<float>{101}, std::vector<float>{100}, 0, 0.009).ok());
}

TEST_CASE("compare fails on planted errors") {
  const std::vector<float> want = {1, -5, 3};
  CHECK_FALSE(compare(std::vector<float>{1, kNan, 3}, want, 1e9).ok());
  CHECK_FALSE(compare(std::vector<float>{1, -50, 3}, want, 1e-3, 1e-3).ok());
  CHECK_FALSE(compare(std::vector<float>{1, 5, 3}, want, 1e-3).ok());
  CHECK_FALSE(compare(std::vector<float>{1, -kInf, 3}, want, 1e9).ok());
  CHECK_FALSE(compare(std::vector<float>{1, -5}, want, 1e9).ok());
  CHECK_FALSE(compare(want, std::vector<float>{1, kNan, 3}, 1e9).ok());
  CHECK_FALSE(compare(std::vector<float>{1, -5, std::nextafter(3.0f, 4.0f)}, want, 0).ok());
  CHECK_FALSE(compare(std::vector<float>{kInf}, std::vector<float>{-kInf}, 1).ok());
}

TEST_CASE("compare reports the worst element, a NaN before all others") {
  const Difference d = compare(std::vector<float>{1, -5.5f, 3.1f}, std::vector<float>{1, -5, 3}, 0.1);
  CHECK(d.index == 1);
  CHECK(d.worst == doctest::Approx(5));
  const Difference n = compare(std::vector<float>{1e30f, kNan, 1e38f}, std::vector<float>{0, 0, 0}, 0.1);
  CHECK(n.index == 1);
  CHECK(std::isnan(n.worst));
  CHECK(std::isnan(n.max_abs));
}
