// Test cases for kernels of scale.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"

namespace pose::harness {

template <> std::vector<Case<Scale>> cases_of() {
  std::vector<Case<Scale>> cases;
  for (const Act& act : {kLinear, kRelu, Act{ActKind::logistic}}) {
    for (bool residual : {false, true}) {
      for (int c : {1, 3, 8, 15, 16, 17, 33, 255}) {
        for (const Shape& s : {Shape{1, 1, 1, c}, Shape{1, 3, 5, c}}) {
          Data data{.in = {s, {1, 1, 1, c}}, .low = -3, .high = 3, .special = act == kLinear};
          if (residual) data.in.push_back(s);
          cases.push_back({Scale{residual, act}, data, sum_of(2, act), Scale{residual, kLinear}});
          data.in[1] = s;
          cases.push_back({Scale{residual, act}, data, sum_of(2, act), Scale{residual, kLinear}});
        }
      }
    }
  }
  cases.push_back({Scale{true, kRelu}, {.in = {{1, 300, 31, 40}, {1, 1, 1, 40}, {1, 300, 31, 40}}}, sum_of(2), Scale{true, kLinear}});
  cases.push_back({Scale{}, {.in = {{1, 4, 9, 3}, {1, 1, 1, 3}}, .layout = Layout::compact}, sum_of(1), Scale{}});
  return cases;
}

} // namespace pose::harness
