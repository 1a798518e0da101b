// Test cases for kernels of layer_norm.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"

namespace pose::harness {

template <> std::vector<Case<LayerNorm>> cases_of() {
  std::vector<Case<LayerNorm>> cases;
  for (int c : {1, 3, 8, 15, 16, 17, 33, 192, 300}) {
    for (const Shape& s : {Shape{1, 1, 1, c}, Shape{1, 3, 5, c}}) {
      const LayerNorm op{c, 0.015625f}; // a standard deviation of at least 1/8 makes |x| at most 8 of them, as the bound assumes
      const Tolerance tolerance = [op](std::int64_t, double want, double) { return rounding_bound(op, {}, {0, want, 0}); };
      cases.push_back({op, {.in = {s}, .weights = {random_values(c, 1, 0.5f, 2), random_values(c, 2)}}, tolerance, {}});
    }
  }
  cases.push_back({LayerNorm{3}, {.in = {{1, 4, 9, 3}}, .weights = {Values(3, 1.0f), Values(3)}, .layout = Layout::compact}, exact(), {}});
  return cases;
}

} // namespace pose::harness
