// Test cases for kernels of matmul.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"

namespace pose::harness {

template <> std::vector<Case<Matmul>> cases_of() {
  std::vector<Case<Matmul>> cases;
  const auto add = [&](int matrices, int b_matrices, int rows, int terms, int columns, Layout layout = Layout::blocked) {
    const Data data{.in = {{1, matrices, rows, terms}, {1, b_matrices, terms, columns}}, .layout = layout};
    cases.push_back({{}, data, sum_of(terms), Matmul{}});
  };
  for (int terms : {1, 15, 16, 33}) {
    for (int columns : {1, 16, 40}) {
      for (int rows : {1, 6, 13}) add(2, 2, rows, terms, columns);
    }
  }
  add(3, 1, 7, 20, 20);
  add(1, 1, 130, 70, 90);
  add(1, 1, 4, 3, 5, Layout::compact);
  return cases;
}

} // namespace pose::harness
