// Test cases for kernels of batch_norm.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"

namespace pose::harness {
namespace {

Data data_of(const Shape& s) {
  const int c = s.c;
  return {.in = {s},
          .weights = {random_values(c, 11, 0.5f, 1.5f), random_values(c, 12), random_values(c, 13), random_values(c, 14, 0.1f, 2)},
          .low = -3,
          .high = 3};
}

} // namespace

template <> std::vector<Case<BatchNorm>> cases_of() {
  std::vector<Case<BatchNorm>> cases;
  for (const Act& act : {kLinear, kLeaky, Act{ActKind::relu6}, Act{ActKind::logistic}}) {
    for (int c : {1, 3, 8, 15, 16, 17, 33, 255}) {
      for (const Shape& s : {Shape{1, 1, 1, c}, Shape{1, 3, 5, c}}) {
        Data data = data_of(s);
        data.special = act == kLinear;
        // The magnitude must be |x| * |scale| + |shift|.  Since shift is a difference, its terms are added.
        const Tolerance sum = sum_of(2, act);
        const Tolerance tolerance = [sum](std::int64_t i, double want, double magnitude) { return sum(i, want, magnitude + 10); };
        cases.push_back({BatchNorm{c, 1e-5f, act}, data, tolerance, BatchNorm{c, 1e-5f, {}}});
      }
    }
  }
  Data compact = data_of({1, 4, 9, 3});
  compact.layout = Layout::compact;
  cases.push_back({BatchNorm{3, 1e-5f, {}}, compact, exact(), {}});
  return cases;
}

} // namespace pose::harness
