// Tests the times of frames: given, missing, repeated, and going back.
// SPDX-License-Identifier: MIT
#include "video/clock.h"

#include <doctest/doctest.h>

#include <limits>
#include <vector>

using pose::FrameClock;

namespace {

constexpr double kMissing = -1e9;

std::vector<double> times(FrameClock clock, const std::vector<double>& stamps) {
  std::vector<double> times;
  for (const double stamp : stamps) times.push_back(clock.next(stamp == kMissing ? std::nullopt : std::optional(stamp)));
  return times;
}

void check(const std::vector<double>& found, const std::vector<double>& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    CAPTURE(i);
    CHECK(found[i] == doctest::Approx(expected[i]).epsilon(1e-12));
    if (i > 0) CHECK(found[i] > found[i - 1]);
  }
}

} // namespace

TEST_CASE("times are timestamps relative to the start of the clip, with gaps and changing steps") {
  check(times({0.0, 25}, {0, 0.04, 0.05, 7, 7.5}), {0, 0.04, 0.05, 7, 7.5});
  check(times({100.0, 25}, {100.5, 101}), {0.5, 1});
  check(times({std::nullopt, 25}, {100.5, 101}), {0, 0.5});
}

TEST_CASE("a missing timestamp is derived from the frame rate") {
  check(times({std::nullopt, 10}, {kMissing, kMissing, kMissing}), {0, 0.1, 0.2});
  check(times({0.0, 0}, {kMissing, kMissing}), {0, 0.04});
  check(times({0.0, 10}, {0, kMissing, 0.3, kMissing}), {0, 0.1, 0.3, 0.4});
  check(times({std::nullopt, 10}, {kMissing, 50, 50.1}), {0, 0.1, 0.2}); // the first timestamp continues the derived times
}

TEST_CASE("a timestamp that repeats or goes back a little does not move the later ones") {
  check(times({0.0, 10}, {0, 0.1, 0.1, 0.2, 0.15, 0.4}), {0, 0.1, 0.101, 0.2, 0.201, 0.4});
}

TEST_CASE("a timestamp that goes back far begins a new part, one frame duration later") {
  check(times({0.0, 10}, {5, 5.1, 0, 0.1, 0.2}), {5, 5.1, 5.2, 5.3, 5.4});
  check(times({0.0, 10}, {0, 0.1, -3, -2.9}), {0, 0.1, 0.2, 0.3});
}

TEST_CASE("a first timestamp before the start of the clip is moved to the start") {
  check(times({1.0, 10}, {0.9, 1.1}), {0, 0.1});
}
