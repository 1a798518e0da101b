// Test cases for kernels of rearrange.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"

#include <cmath>

namespace pose::harness {
namespace {

Tolerance tolerance_of(const Rearrange& op) {
  return [op](std::int64_t, double want, double) { return rounding_bound(op, {}, {0, want, 0}); };
}

} // namespace

template <> std::vector<Case<Rearrange>> cases_of() {
  std::vector<Case<Rearrange>> cases;
  const auto add = [&](const Rearrange& op, const Shape& in, Layout layout = Layout::blocked) {
    cases.push_back({op, {.in = {in}, .layout = layout, .low = -3, .high = 3, .special = op.scale == 1}, tolerance_of(op), {}});
  };
  for (int c : {1, 3, 15, 16, 17, 33}) {
    for (float scale : {1.0f, 2.0f}) {
      add({.kind = Rearranging::crop, .top = 1, .left = 2, .height = 3, .width = 4, .scale = scale, .shift = 1 - scale}, {1, 5, 7, c});
    }
    add({.kind = Rearranging::crop, .height = 5, .width = 7}, {1, 5, 7, c});
    for (int factor : {1, 2, 3}) add({.kind = Rearranging::space_to_depth, .factor = factor}, {1, 2 * factor, 3 * factor, c});
  }
  for (int factor : {1, 2, 3}) {
    for (int narrow : {1, 5, 16}) add({.kind = Rearranging::darknet_reorg, .factor = factor}, {1, 4 * factor, 2 * factor, narrow * factor * factor});
  }
  for (int c : {3, 16, 32}) {
    for (float scale : {1.0f, 2.0f}) {
      add({.kind = Rearranging::windows, .factor = 3, .top = -1, .left = -1, .height = 4, .width = 5, .scale = scale, .shift = 1 - scale},
          {1, 4, 5, c});
    }
    add({.kind = Rearranging::windows, .factor = 2, .top = 1, .height = 2, .width = 3}, {1, 4, 4, c});
    add({.kind = Rearranging::places, .height = 3, .width = 2}, {1, 1, 1, 6 * c});
  }
  add({.kind = Rearranging::space_to_depth, .factor = 2}, {1, 300, 40, 16});
  add({.kind = Rearranging::crop, .top = 1, .height = 2, .width = 3}, {1, 4, 3, 3}, Layout::compact);
  return cases;
}

} // namespace pose::harness
