// Tests memory plans: values with overlapping lifetimes never overlap in memory, and little memory is wasted.
// SPDX-License-Identifier: MIT
#include "nets/arena.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

using namespace pose;

namespace {

bool overlap(const Lifetime& a, const Lifetime& b) {
  return a.first <= b.last && b.first <= a.last && a.offset < b.offset + b.size && b.offset < a.offset + a.size;
}

} // namespace

TEST_CASE("a chain of equal values needs room for two") {
  std::vector<Lifetime> chain;
  for (int i = 0; i < 10; i++) chain.push_back({100, i, i + 1, 0});
  CHECK(lay_out(chain) == 200);
}

TEST_CASE("a small value takes the smallest gap that fits") {
  // The two long-lived values leave gaps of 50 and 20 at step 1, after the short-lived ones end.
  std::vector<Lifetime> values = {{100, 0, 9, 0}, {50, 0, 0, 0}, {90, 0, 9, 0}, {20, 5, 5, 0}};
  CHECK(lay_out(values) == 240);
  CHECK(values[3].offset >= 190);
}

TEST_CASE("random lifetimes never overlap, and the arena is no larger than needed") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; round++) {
    std::vector<Lifetime> values;
    std::int64_t sum = 0;
    for (int i = 0; i < 40; i++) {
      const int first = int(random() % 50);
      values.push_back({std::int64_t(random() % 1000), first, first + int(random() % 10), 0});
      sum += values.back().size;
    }
    const std::int64_t total = lay_out(values);
    std::int64_t end = 0;
    for (std::size_t i = 0; i < values.size(); i++) {
      CHECK(values[i].offset >= 0);
      end = std::max(end, values[i].offset + values[i].size);
      for (std::size_t j = 0; j < i; j++) {
        if (values[i].size > 0 && values[j].size > 0) CHECK_FALSE(overlap(values[i], values[j]));
      }
    }
    CHECK(end == total);
    CHECK(total <= sum);
  }
}
