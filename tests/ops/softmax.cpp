// softmax: known values, and every kernel against the definition.
// SPDX-License-Identifier: MIT
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
    for (std::size_t i = 0; i < 6; i++) CHECK(y[i] == doctest::Approx(want[i]).epsilon(1e-4)); // ln3 beside 1000 has 14 bits left
  });
}

TEST_CASE("every kernel of softmax does what the definition says") {
  std::vector<Case<Softmax>> cases;
  for (int c : {1, 3, 8, 15, 16, 17, 33, 255, 1000}) {
    for (const Shape& s : {Shape{1, 1, 1, c}, Shape{1, 3, 5, c}}) {
      const float low = -10, high = 10;
      // e^x passes on the rounding of x - max times |x - max|; then c terms, a division and two ulp of exp.
      const double relative = double(high - low + float(c) + 8) * 0x1p-24;
      const Tolerance tolerance = [relative](std::int64_t, double want, double) { return relative * want; };
      cases.push_back({Softmax{}, {.in = {s}, .low = low, .high = high}, tolerance, {}});
      cases.push_back(
          {Softmax{}, {.in = {s}, .special = true}, [relative](std::int64_t, double want, double) { return relative * want + 1e-37; }, {}});
    }
  }
  cases.push_back({Softmax{}, {.in = {{1, 4, 9, 3}}, .layout = Layout::compact}, exact(), {}});
  check_kernels(cases);
}

TEST_CASE("softmax wants one input") {
  CHECK_THROWS_WITH_AS(infer(Softmax{}, std::vector<Shape>{}), "expected 1 input(s), found 0", Error);
}
