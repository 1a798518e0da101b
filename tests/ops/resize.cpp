// Tests resize: known values, and every kernel against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

#include <limits>

using namespace pose;
using namespace pose::harness;

TEST_CASE("resize takes the nearest pixel or the mean of the four around a position") {
  const auto check = [](const Resize& op, const Shape& in, const Values& x, const Values& want) {
    for_each_result(op, {.in = {in}}, {x}, [&](const std::string& name, const Values& y) {
      INFO(name);
      CHECK(y == want);
    });
  };
  const Values row = {0, 4, 8};
  check({ResizeKind::nearest, 1, 6, 1, 0, 0.5f, 0}, {1, 1, 3, 1}, row, {0, 0, 4, 4, 8, 8});
  check({ResizeKind::linear, 1, 6, 1, 0, 0.5f, -0.25f}, {1, 1, 3, 1}, row, {0, 1, 3, 5, 7, 8});
  check({ResizeKind::linear, 1, 5, 1, 0, 0.5f, 0}, {1, 1, 3, 1}, row, {0, 2, 4, 6, 8});
  check({ResizeKind::linear, 1, 1, 1, 0.5f, 1, 0.25f}, {1, 2, 2, 1}, {0, 4, 8, 12}, {5});
}

TEST_CASE("every kernel of resize matches the reference implementation") {
  check_kernels(cases_of<Resize>());
}

TEST_CASE("resize names the wrong parameter") {
  const std::vector<Shape> x = {{1, 2, 3, 4}};
  CHECK_THROWS_WITH_AS(infer(Resize{.height = 0, .width = 1}, x), "map side: expected 1 to 65536, found 0", Error);
  CHECK_THROWS_WITH_AS(infer(Resize{.height = 1, .width = 1, .scale_x = std::numeric_limits<float>::infinity()}, x),
                       "scale and shift: expected finite numbers, found inf", Error);
}
