// Tests softmax: known values, and every kernel against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace pose;
using namespace pose::harness;

TEST_CASE("softmax is a distribution over the channels of every pixel") {
  const float ln2 = std::log(2.0f), ln3 = std::log(3.0f);
  for_each_result(Softmax{}, {.in = {{1, 1, 2, 3}}}, {{0, 1000, ln2, 1000 + ln3, ln3, -1000}}, [](const std::string& name, const Values& y) {
    INFO(name);
    const double want[] = {1.0 / 6, 0.25, 2.0 / 6, 0.75, 3.0 / 6, 0};
    for (std::size_t i = 0; i < 6; i++) CHECK(y[i] == doctest::Approx(want[i]).epsilon(1e-4)); // ln3 next to 1000 keeps 14 bits
  });
}

TEST_CASE("every kernel of softmax matches the reference implementation") {
  check_kernels(cases_of<Softmax>());
}

TEST_CASE("softmax requires one input") {
  CHECK_THROWS_WITH_AS(infer(Softmax{}, std::vector<Shape>{}), "expected 1 input(s), found 0", Error);
}
