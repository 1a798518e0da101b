// Test cases for kernels of permute.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"

namespace pose::harness {

template <> std::vector<Case<Permute>> cases_of() {
  std::vector<Case<Permute>> cases;
  const auto add = [&](const Permute& op, const Shape& in, Layout layout = Layout::blocked) {
    cases.push_back({op, {.in = {in}, .layout = layout, .special = true}, exact(), {}});
  };
  add({3, {17, 3, 5}, {0, 1, 2}, 17, 3, 5}, {1, 3, 5, 17});                 // nothing moves
  add({3, {17, 3, 5}, {1, 2, 0}, 15, 1, 17}, {1, 3, 5, 17});                // channels become columns, pixels become channels
  add({3, {17, 3, 5}, {2, 0, 1}, 5, 17, 3}, {1, 3, 5, 17});                 // all sides change places
  add({4, {3, 16, 4, 5}, {1, 0, 2, 3}, 48, 4, 5}, {1, 4, 5, 48});           // a channel shuffle of three groups
  add({5, {2, 2, 9, 4, 5}, {2, 3, 0, 4, 1}, 9, 8, 10}, {1, 4, 5, 36});      // depth to space with the columns last
  add({6, {3, 2, 8, 1, 1, 7}, {0, 1, 5, 2, 3, 4}, 6, 7, 8}, {1, 1, 7, 48}); // heads of attention
  add({2, {6, 35}, {1, 0}, 30, 1, 7}, {1, 5, 7, 6});                        // an axis across the border of two sides of the result
  add({2, {10, 21}, {1, 0}, 21, 2, 5}, {1, 5, 7, 6});                       // an axis across the border of two sides of x
  add({2, {300, 40}, {1, 0}, 40, 3, 100}, {1, 20, 5, 120});
  add({1, {12}, {0}, 1, 1, 12}, {1, 4, 1, 3}, Layout::compact);
  return cases;
}

} // namespace pose::harness
