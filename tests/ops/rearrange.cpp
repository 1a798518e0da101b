// Tests rearrange: known values, and every kernel against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

#include <numeric>

using namespace pose;
using namespace pose::harness;

namespace {

// Checks the result for the numbers 0, 1, 2 ... in C order.
void check_counted(const Rearrange& op, const Shape& in, const Values& want) {
  Values x(std::size_t(in.count()));
  std::iota(x.begin(), x.end(), 0.0f);
  for_each_result(op, {.in = {in}}, {x}, [&](const std::string& name, const Values& y) {
    INFO(name);
    CHECK(y == want);
  });
}

} // namespace

TEST_CASE("rearrange crops, scales and shifts") {
  check_counted({.kind = Rearranging::crop, .top = 1, .left = 1, .height = 1, .width = 2, .scale = 2, .shift = -1}, {1, 2, 3, 1}, {7, 9});
}

TEST_CASE("rearrange turns pixels into channels") {
  check_counted({.kind = Rearranging::space_to_depth, .factor = 2}, {1, 2, 4, 1}, {0, 2, 1, 3, 4, 6, 5, 7});
}

TEST_CASE("rearrange follows Darknet's reorg, which reads the map with other sides") {
  // 4 channels of 2 x 2 are read as one channel of 4 x 4; its even columns of even rows come first.
  check_counted({.kind = Rearranging::darknet_reorg, .factor = 2}, {1, 2, 2, 4}, {0, 2, 8, 10, 1, 3, 9, 11, 4, 6, 12, 14, 5, 7, 13, 15});
}

TEST_CASE("rearrange turns windows into channels, and channels into places") {
  check_counted({.kind = Rearranging::windows, .factor = 2, .top = -1, .height = 2, .width = 2, .shift = 1}, {1, 2, 2, 1},
                {1, 1, 1, 2, 1, 1, 2, 1, 1, 2, 3, 4, 2, 1, 4, 1});
  check_counted({.kind = Rearranging::places, .height = 2, .width = 1}, {1, 1, 1, 6}, {0, 3, 1, 4, 2, 5});
}

TEST_CASE("every kernel of rearrange matches the reference implementation") {
  check_kernels(cases_of<Rearrange>());
}

TEST_CASE("rearrange names the wrong parameter") {
  const std::vector<Shape> x = {{1, 4, 6, 3}};
  CHECK_THROWS_WITH_AS(infer(Rearrange{.top = 2, .height = 3, .width = 6}, x), "height: expected 3 pixels from 2 on inside the 4", Error);
  CHECK_THROWS_WITH_AS(infer(Rearrange{.left = -1, .height = 1, .width = 1}, x), "width: expected 1 pixels from -1 on inside the 6", Error);
  CHECK_THROWS_WITH_AS(infer(Rearrange{.kind = Rearranging::space_to_depth, .factor = 4}, x), "factor: expected a divisor of 4 and 6, found 4",
                       Error);
  CHECK_THROWS_WITH_AS(infer(Rearrange{.kind = Rearranging::darknet_reorg, .factor = 2}, x), "channels: expected a multiple of 4, found 3", Error);
  CHECK_THROWS_WITH_AS(infer(Rearrange{.kind = Rearranging::space_to_depth, .factor = 0}, x), "factor: expected 1 to 65536, found 0", Error);
  CHECK_THROWS_WITH_AS(infer(Rearrange{.kind = Rearranging::windows, .factor = 2, .top = -2, .height = 1, .width = 1}, x),
                       "height: expected 1 windows from -2 on at the 4", Error);
  CHECK_THROWS_WITH_AS(infer(Rearrange{.kind = Rearranging::windows, .factor = 2, .left = 4, .height = 4, .width = 3}, x),
                       "width: expected 3 windows from 4 on at the 6", Error);
  CHECK_THROWS_WITH_AS(infer(Rearrange{.kind = Rearranging::places, .height = 2, .width = 2}, x), "places: expected one pixel, found 4 x 6", Error);
  const std::vector<Shape> pixel = {{1, 1, 1, 6}};
  CHECK_THROWS_WITH_AS(infer(Rearrange{.kind = Rearranging::places, .height = 2, .width = 2}, pixel), "channels: expected a multiple of 4, found 6",
                       Error);
  const std::vector<Shape> wide = {{1, 65536, 65536, 1}};
  CHECK_THROWS_WITH_AS(infer(Rearrange{.kind = Rearranging::space_to_depth, .factor = 65536}, wide),
                       "channels: expected 1 to 65536, found 4294967296", Error);
}
