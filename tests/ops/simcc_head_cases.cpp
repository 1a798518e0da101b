// Test cases for kernels of simcc_head.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"

namespace pose::harness {

template <> std::vector<Case<SimccHead>> cases_of() {
  std::vector<Case<SimccHead>> cases;
  for (int joints : {1, 17, 33}) {
    for (const auto& [columns, rows] : {std::pair{1, 2}, {384, 512}}) {
      const Data data{.in = {{1, 1, joints, columns}, {1, 1, joints, rows}}, .special = columns > 1};
      cases.push_back({{192, 256}, data, exact(), {}});
    }
  }
  return cases;
}

} // namespace pose::harness
