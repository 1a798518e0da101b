// Test cases for kernels of activation.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"

namespace pose::harness {

template <> std::vector<Case<Activation>> cases_of() {
  std::vector<Case<Activation>> cases;
  for (ActKind kind : all_act_kinds()) {
    const Act act{kind, 0.1f};
    for (int c : {1, 3, 8, 15, 16, 17, 33, 255}) {
      for (const Shape& s : {Shape{1, 1, 1, c}, Shape{1, 3, 5, c}}) {
        const Tolerance tolerance = [act](std::int64_t, double want, double) { return act_bound(act, want); };
        cases.push_back({Activation{act}, {.in = {s}, .low = -20, .high = 20, .special = true}, tolerance, {}});
      }
    }
  }
  cases.push_back({Activation{kRelu}, {.in = {{1, 301, 67, 5}}}, exact(), {}});
  cases.push_back({Activation{kRelu}, {.in = {{1, 4, 9, 3}}, .layout = Layout::compact}, exact(), {}});
  return cases;
}

} // namespace pose::harness
