// Test cases for kernels of upsample.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"

namespace pose::harness {

template <> std::vector<Case<Upsample>> cases_of() {
  std::vector<Case<Upsample>> cases;
  for (int factor : {1, 2, 3}) {
    for (int c : {1, 3, 8, 15, 16, 17, 33, 255}) {
      for (const Shape& s : {Shape{1, 1, 1, c}, Shape{1, 3, 5, c}}) cases.push_back({Upsample{factor}, {.in = {s}, .special = true}, exact(), {}});
    }
  }
  cases.push_back({Upsample{2}, {.in = {{1, 40, 133, 20}}}, exact(), {}});
  cases.push_back({Upsample{2}, {.in = {{1, 4, 9, 3}}, .layout = Layout::compact}, exact(), {}});
  return cases;
}

} // namespace pose::harness
