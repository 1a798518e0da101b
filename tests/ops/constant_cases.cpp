// Test cases for kernels of constant.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"

namespace pose::harness {

template <> std::vector<Case<Constant>> cases_of() {
  std::vector<Case<Constant>> cases;
  for (int c : {1, 8, 16, 33}) {
    for (const auto& [h, w] : {std::pair{1, 1}, {3, 5}}) {
      cases.push_back({{c, h, w}, {.weights = {random_values(std::int64_t(c) * h * w, unsigned(c))}}, exact(), {}});
    }
  }
  return cases;
}

} // namespace pose::harness
