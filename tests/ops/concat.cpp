// concat, slice: known values, and every kernel against the definition.
// SPDX-License-Identifier: MIT
#include "tests/ops/harness.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::harness;

namespace {

Case<Concat> concat_case(int h, int w, const std::vector<int>& channels) {
  Case<Concat> c{};
  for (int k : channels) c.data.in.push_back({1, h, w, k});
  c.data.special = true;
  return c;
}

} // namespace

TEST_CASE("concat puts channels behind each other, slice takes them out") {
  for_each_result(Concat{}, {.in = {{1, 1, 2, 1}, {1, 1, 2, 2}}}, {{1, 2}, {3, 4, 5, 6}}, [](const std::string& name, const Values& y) {
    INFO(name);
    CHECK(y == Values{1, 2, 3, 4, 5, 6});
  });
  for_each_result(Slice{1, 2}, {.in = {{1, 1, 2, 4}}}, {{1, 2, 3, 4, 5, 6, 7, 8}}, [](const std::string& name, const Values& y) {
    INFO(name);
    CHECK(y == Values{3, 4, 5, 6});
  });
}

TEST_CASE("every kernel of concat does what the definition says") {
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
  check_kernels(cases);
}

TEST_CASE("every kernel of slice does what the definition says") {
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
  check_kernels(cases);
}

TEST_CASE("concat and slice say what is wrong") {
  CHECK_THROWS_WITH_AS(infer(Concat{}, std::vector<Shape>{}), "expected at least 1 input, found none", Error);
  CHECK_THROWS_WITH_AS(infer(Concat{}, std::vector<Shape>{{1, 2, 2, 3}, {1, 2, 3, 3}}), "input 1: expected n, h and w of 1x3x2x2, found 1x3x2x3",
                       Error);
  CHECK_THROWS_WITH_AS(infer(Concat{}, std::vector<Shape>{{1, 2, 2, 65536}, {1, 2, 2, 1}}), "channels: expected 1 to 65536, found 65537", Error);
  const std::vector<Shape> x = {{1, 2, 2, 3}};
  CHECK_THROWS_WITH_AS(infer(Slice{-1, 1}, x), "begin: expected 0 to 2, found -1", Error);
  CHECK_THROWS_WITH_AS(infer(Slice{3, 1}, x), "begin: expected 0 to 2, found 3", Error);
  CHECK_THROWS_WITH_AS(infer(Slice{1, 3}, x), "count: expected 1 to 2, found 3", Error);
  CHECK_THROWS_WITH_AS(infer(Slice{1, 0}, x), "count: expected 1 to 2, found 0", Error);
  CHECK_THROWS_WITH_AS(infer(Slice{1, 2147483647}, x), "count: expected 1 to 2, found 2147483647", Error);
}
