// Tests the device kernels of max_pool, avg_pool against the reference implementation.
// SPDX-License-Identifier: MIT
#include "tests/device/device_harness.h"
#include "tests/ops/pool_cases.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::device_harness;
using namespace pose::pool_cases;

namespace {

const Shape kShapes[] = {{1, 1, 1, 3}, {1, 3, 5, 8}, {1, 5, 3, 12}, {1, 18, 33, 4}};

} // namespace

TEST_CASE("every device kernel of max_pool matches the reference implementation") {
  std::vector<Case<MaxPool>> cases;
  for (Outside outside : {Outside::ignore, Outside::zero}) {
    for (const Square& q : kSquares) {
      for (const Shape& s : kShapes) {
        if (!fits(q, s)) continue;
        for (bool special : {false, true}) {
          const Data data{.in = {s}, .wide_out = s.c == 12, .low = -2, .high = 0.1f, .special = special};
          cases.push_back({max_of(q, outside), data, moved(), {}});
        }
      }
    }
    cases.push_back({MaxPool{2, 5, 1, 3, 0, 4, 1, 2, outside}, {.in = {{1, 7, 11, 20}}, .low = -2, .high = 0.1f}, moved(), {}});
    cases.push_back({MaxPool{3, 13, 1, 1, 2, 5, 0, 9, outside}, {.in = {{1, 17, 19, 20}}, .low = -2, .high = 0.1f}, moved(), {}});
    cases.push_back({MaxPool{13, 2, 1, 1, 12, 0, 3, 1, outside}, {.in = {{1, 19, 17, 20}}, .low = -2, .high = 0.1f}, moved(), {}});
  }
  check_device_kernels(cases);
}

TEST_CASE("every device kernel of avg_pool matches the reference implementation") {
  std::vector<Case<AvgPool>> cases;
  for (const Shape& s : kShapes) {
    for (bool count_outside : {false, true}) {
      for (const Square& q : kSquares) {
        const AvgPool op = avg_of(q, count_outside);
        const bool wide_out = s.c == 12;
        if (fits(q, s)) cases.push_back({op, {.in = {s}, .wide_out = wide_out}, float_sum_of(q.k * q.k, kLinear, wide_out), op});
      }
    }
  }
  const AvgPool slanted{false, 2, 5, 1, 3, 0, 4, 1, 2, false};
  cases.push_back({slanted, {.in = {{1, 7, 11, 20}}}, float_sum_of(10), slanted});
  const AvgPool global{.global = true};
  for (const Shape& s : {Shape{1, 1, 1, 1}, Shape{1, 3, 5, 70}, Shape{1, 23, 22, 13}, Shape{1, 23, 23, 24}, Shape{1, 31, 43, 40}}) {
    for (bool wide_out : {false, true})
      cases.push_back({global, {.in = {s}, .wide_out = wide_out}, float_sum_of(s.h * s.w, kLinear, wide_out), global});
  }
  check_device_kernels(cases);
}
