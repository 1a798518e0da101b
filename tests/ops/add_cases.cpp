// Test cases for kernels of add.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"

namespace pose::harness {

template <> std::vector<Case<Add>> cases_of() {
  std::vector<Case<Add>> cases;
  for (const Act& act : {kLinear, kRelu, kLeaky, Act{ActKind::mish}, Act{ActKind::logistic}}) {
    for (int c : {1, 3, 8, 15, 16, 17, 33, 255}) {
      for (const Shape& s : {Shape{1, 1, 1, c}, Shape{1, 3, 5, c}}) {
        cases.push_back({Add{act}, {.in = {s, s}, .low = -3, .high = 3, .special = act == kLinear || act == kRelu}, sum_of(2, act), Add{}});
      }
    }
  }
  cases.push_back({Add{}, {.in = {{1, 300, 31, 40}, {1, 300, 31, 40}}}, sum_of(2), Add{}});
  cases.push_back({Add{}, {.in = {{1, 4, 9, 3}, {1, 4, 9, 3}}, .layout = Layout::compact}, sum_of(2), Add{}});
  return cases;
}

} // namespace pose::harness
