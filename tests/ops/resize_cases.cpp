// Test cases for kernels of resize.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"

namespace pose::harness {

template <> std::vector<Case<Resize>> cases_of() {
  std::vector<Case<Resize>> cases;
  const auto add = [&](const Resize& op, const Shape& in, Layout layout = Layout::blocked) {
    const bool moves = op.kind == ResizeKind::nearest;
    const Tolerance tolerance = [op](std::int64_t, double want, double magnitude) { return rounding_bound(op, {}, {0, want, magnitude}); };
    cases.push_back({op, {.in = {in}, .layout = layout, .special = moves}, tolerance, moves ? std::nullopt : std::optional(op)});
  };
  for (ResizeKind kind : {ResizeKind::nearest, ResizeKind::linear}) {
    for (int c : {1, 8, 16, 33}) {
      add({kind, 6, 10, 0.5f, -0.25f, 0.5f, -0.25f}, {1, 3, 5, c});         // twice as large, half-pixel rule
      add({kind, 7, 13, 1.0f / 3, 0, 1.0f / 3, 0}, {1, 3, 5, c});           // aligned corners
      add({kind, 2, 3, 1.5f, 0.25f, 1.6666666f, 0.3333333f}, {1, 3, 5, c}); // smaller
      add({kind, 3, 2, 0, 0, 9, -9}, {1, 1, 1, c});                         // positions outside the map
    }
    add({kind, 50, 60, 0.3f, 0.1f, 0.7f, 0}, {1, 16, 44, 20});
    add({kind, 3, 3, 0.5f, 0, 0.5f, 0}, {1, 4, 9, 3}, Layout::compact);
  }
  return cases;
}

} // namespace pose::harness
