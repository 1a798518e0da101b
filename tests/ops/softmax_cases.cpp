// Test cases for kernels of softmax.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"

namespace pose::harness {

template <> std::vector<Case<Softmax>> cases_of() {
  std::vector<Case<Softmax>> cases;
  for (int c : {1, 3, 8, 15, 16, 17, 33, 255, 1000}) {
    for (const Shape& s : {Shape{1, 1, 1, c}, Shape{1, 3, 5, c}}) {
      const float low = -10, high = 10;
      const Tolerance tolerance = [s](std::int64_t, double want, double) { return rounding_bound(Softmax{}, std::span(&s, 1), {0, want, 0}); };
      cases.push_back({Softmax{}, {.in = {s}, .low = low, .high = high}, tolerance, {}});
      cases.push_back({Softmax{}, {.in = {s}, .special = true}, tolerance, {}});
    }
  }
  cases.push_back({Softmax{}, {.in = {{1, 4, 9, 3}}, .layout = Layout::compact}, exact(), {}});
  return cases;
}

} // namespace pose::harness
