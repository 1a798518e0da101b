// Tests pixel_shuffle: known values, and every kernel against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::harness;

TEST_CASE("pixel_shuffle has PyTorch's channel order") {
  // Channels 4c + 2i + j of one pixel become pixel (i, j) of channel c.
  for_each_result(PixelShuffle{2}, {.in = {{1, 1, 1, 8}}}, {{0, 1, 2, 3, 4, 5, 6, 7}}, [](const std::string& name, const Values& y) {
    INFO(name);
    CHECK(y == Values{0, 1, 2, 3, 4, 5, 6, 7}); // NCHW: channel 0 is its 2 x 2 pixels
  });
  for_each_result(PixelShuffle{2}, {.in = {{1, 1, 2, 4}}}, {{0, 10, 1, 11, 2, 12, 3, 13}}, [](const std::string& name, const Values& y) {
    INFO(name);
    CHECK(y == Values{0, 1, 10, 11, 2, 3, 12, 13});
  });
}

TEST_CASE("every kernel of pixel_shuffle matches the reference implementation") {
  check_kernels(cases_of<PixelShuffle>());
}

TEST_CASE("pixel_shuffle names the wrong parameter") {
  CHECK_THROWS_WITH_AS(infer(PixelShuffle{0}, std::vector<Shape>{{1, 2, 2, 4}}), "factor: expected 1 to 65536, found 0", Error);
  CHECK_THROWS_WITH_AS(infer(PixelShuffle{2}, std::vector<Shape>{{1, 2, 2, 6}}), "channels: expected a multiple of factor^2 = 4, found input 1x6x2x2",
                       Error);
  CHECK_THROWS_WITH_AS(infer(PixelShuffle{2}, std::vector<Shape>{{1, 40000, 2, 4}}), "output height: expected 1 to 65536, found 80000", Error);
  CHECK_THROWS_WITH_AS(infer(PixelShuffle{2}, std::vector<Shape>{{1, 2, 40000, 4}}), "output width: expected 1 to 65536, found 80000", Error);
}
