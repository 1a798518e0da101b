// Test cases for kernels of pixel_shuffle.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"

namespace pose::harness {

template <> std::vector<Case<PixelShuffle>> cases_of() {
  std::vector<Case<PixelShuffle>> cases;
  for (int factor : {1, 2, 3}) {
    for (int c : {1, 3, 8, 15, 16, 17, 33, 128}) {
      for (const Shape& s : {Shape{1, 1, 1, c}, Shape{1, 3, 5, c}}) {
        cases.push_back({PixelShuffle{factor}, {.in = {{1, s.h, s.w, c * factor * factor}}, .special = true}, exact(), {}});
      }
    }
  }
  return cases;
}

} // namespace pose::harness
