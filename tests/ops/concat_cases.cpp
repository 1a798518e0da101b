// Test cases for kernels of concat and slice.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"

namespace pose::harness {
namespace {

Case<Concat> concat_case(int h, int w, const std::vector<int>& channels) {
  Case<Concat> c{};
  for (int k : channels) c.data.in.push_back({1, h, w, k});
  c.data.special = true;
  return c;
}

} // namespace

template <> std::vector<Case<Concat>> cases_of() {
  std::vector<Case<Concat>> cases;
  const std::vector<int> lists[] = {{1},      {16},         {255},    {16, 32, 16}, {16, 17},      {64, 64, 64, 64}, {15, 1},         {1, 16, 3},
                                    {17, 33}, {8, 8, 8, 8}, {3, 255}, {15, 17, 8},  {1, 1, 1, 33}, {5, 3, 2, 1, 30}, {40, 24, 8, 255}};
  for (const std::vector<int>& list : lists) {
    cases.push_back(concat_case(1, 1, list));
    cases.push_back(concat_case(3, 5, list));
  }
  cases.push_back(concat_case(1, 2, std::vector<int>(40, 1)));
  cases.push_back(concat_case(19, 301, {33, 16}));
  Case<Concat> compact = concat_case(4, 9, {3, 5});
  compact.data.layout = Layout::compact;
  cases.push_back(compact);
  return cases;
}

template <> std::vector<Case<Slice>> cases_of() {
  std::vector<Case<Slice>> cases;
  for (int c : {1, 3, 8, 15, 16, 17, 33, 255}) {
    for (const Shape& s : {Shape{1, 1, 1, c}, Shape{1, 3, 5, c}}) {
      for (int begin : {0, 1, 7, 16, 17, 31, 32}) {
        for (int count : {1, 2, 8, 16, 17, 100, 223}) {
          if (begin + count <= c) cases.push_back({Slice{begin, count}, {.in = {s}, .special = true}, exact(), {}});
        }
      }
    }
  }
  cases.push_back({Slice{1, 2}, {.in = {{1, 4, 9, 3}}, .layout = Layout::compact}, exact(), {}});
  return cases;
}

} // namespace pose::harness
