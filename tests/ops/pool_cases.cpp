// Test cases for kernels of max_pool and avg_pool.
// SPDX-License-Identifier: MIT
#include "tests/ops/pool_cases.h"
#include "tests/ops/cases.h"

namespace pose::harness {
namespace {

using namespace pool_cases;

std::vector<Shape> shapes_of(int c) {
  return {{1, 1, 1, c}, {1, 3, 5, c}, {1, 19, 18, c}};
}

} // namespace

template <> std::vector<Case<MaxPool>> cases_of() {
  std::vector<Case<MaxPool>> cases;
  for (Outside outside : {Outside::ignore, Outside::zero}) {
    for (const Square& q : kSquares) {
      for (int c : {1, 3, 8, 15, 16, 17, 33, 255}) {
        for (const Shape& s : shapes_of(c)) {
          if (fits(q, s) && (c < 100 || s.h < 19))
            cases.push_back({max_of(q, outside), {.in = {s}, .low = -2, .high = 0.1f, .special = true}, exact(), {}});
        }
      }
    }
    cases.push_back({MaxPool{2, 5, 1, 3, 0, 4, 1, 2, outside}, {.in = {{1, 7, 11, 20}}}, exact(), {}});
    cases.push_back({max_of({3, 2, 1, 1}, outside), {.in = {{1, 4, 9, 3}}, .layout = Layout::compact}, exact(), {}});
  }
  return cases;
}

template <> std::vector<Case<AvgPool>> cases_of() {
  std::vector<Case<AvgPool>> cases;
  for (int c : {1, 3, 8, 15, 16, 17, 33, 255}) {
    for (const Shape& s : shapes_of(c)) {
      const AvgPool global{.global = true};
      cases.push_back({global, {.in = {s}}, sum_of(s.h * s.w), global});
      for (bool count_outside : {false, true}) {
        for (const Square& q : kSquares) {
          const AvgPool op = avg_of(q, count_outside);
          if (fits(q, s) && (c < 100 || s.h < 19)) cases.push_back({op, {.in = {s}}, sum_of(q.k * q.k), op});
        }
      }
    }
  }
  const AvgPool slanted{false, 2, 5, 1, 3, 0, 4, 1, 2, false};
  cases.push_back({slanted, {.in = {{1, 7, 11, 20}}}, sum_of(10), slanted});
  cases.push_back({AvgPool{.global = true}, {.in = {{1, 4, 9, 3}}, .layout = Layout::compact}, exact(), {}});
  return cases;
}

} // namespace pose::harness
