// Tests simcc_head: known values, and the contract of kernels.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace pose;
using namespace pose::harness;

namespace {

// Decodes one keypoint of 4 columns and 2 rows, in an input of 8 x 6.
void check(const Values& columns, const Values& rows, const std::function<void(const Values&)>& expect) {
  for_each_result(SimccHead{8, 6}, {.in = {{1, 1, 1, 4}, {1, 1, 1, 2}}}, {columns, rows}, [&](const std::string& name, const Values& y) {
    INFO(name);
    expect(y);
  });
}

} // namespace

TEST_CASE("simcc_head takes the first best bin and the smaller score") {
  check({0, 2, 3, 3}, {1, 2}, [](const Values& y) { CHECK(y == Values{4, 3, 2}); });
  check({1, 0, 0, 0}, {1, 5}, [](const Values& y) { CHECK(y == Values{0, 3, 1}); });
  check({-4, -3, -2, -3}, {1, 2}, [](const Values& y) { CHECK(y == Values{0, 0, -2}); });
  const float nan = std::numeric_limits<float>::quiet_NaN();
  check({1, nan, 9, 0}, {1, 2}, [](const Values& y) { CHECK(std::isnan(y[2])); });
  check({1, 2, 9, 0}, {nan, 2}, [](const Values& y) { CHECK(std::isnan(y[2])); });
}

TEST_CASE("every kernel of simcc_head matches the reference implementation") {
  check_kernels(cases_of<SimccHead>());
}

TEST_CASE("simcc_head requires two rows of keypoints") {
  CHECK_THROWS_WITH_AS(infer(SimccHead{8, 6}, std::vector<Shape>{{1, 1, 3, 4}, {1, 1, 2, 4}}),
                       "inputs: expected two single rows of the same keypoints, found 1x4x1x3 and 1x4x1x2", Error);
  CHECK_THROWS_WITH_AS(infer(SimccHead{0, 6}, std::vector<Shape>{{1, 1, 3, 4}, {1, 1, 3, 4}}), "net width: expected 1 to 65536, found 0", Error);
}
