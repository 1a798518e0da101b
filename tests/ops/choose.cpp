// Tests choose: the first usable kernel of a table, or the cheapest of the same target.
// SPDX-License-Identifier: MIT
#include "ops/kernel.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace pose;

namespace {

struct Toy {
  int size = 0;
};

void nothing(const Toy&, const Call&) noexcept {}
bool even(const Toy& op, const Maps&) {
  return op.size % 2 == 0;
}
double same(const Toy&, const Maps&) {
  return 10;
}
double rising(const Toy& op, const Maps&) {
  return op.size;
}

constexpr Kernel<Toy> kernel(const char* name, Target target, bool (*accepts)(const Toy&, const Maps&), double (*cost)(const Toy&, const Maps&)) {
  return {name, target, accepts, nullptr, nullptr, nullptr, nothing, cost};
}

constexpr Kernel<Toy> kFast = kernel("fast", Target::avx512, even, same), kRising = kernel("rising", Target::avx512, nullptr, rising),
                      kEqual = kernel("equal", Target::avx512, nullptr, same), kNoCost = kernel("no_cost", Target::avx512, nullptr, nullptr),
                      kSmall = kernel("small", Target::avx2, even, nullptr), kCheap = kernel("cheap", Target::avx2, nullptr, rising),
                      kRef = kernel("ref", Target::ref, nullptr, nullptr);
constexpr const Kernel<Toy>* kTable[] = {&kFast, &kRising, &kEqual, &kNoCost, &kSmall, &kCheap, &kRef};

std::string chosen(Target target, int size) {
  return choose(kTable, target, Toy{size}, {}).name;
}

std::vector<std::string> all(Target target, int size) {
  std::vector<std::string> names;
  for (const Kernel<Toy>* k : candidates(kTable, target, Toy{size}, {})) names.push_back(k->name);
  return names;
}

} // namespace

TEST_CASE("the cheapest usable kernel of the first one's target is chosen, the first one of equal costs") {
  CHECK(chosen(Target::avx512, 2) == "rising");
  CHECK(chosen(Target::avx512, 10) == "fast");
  CHECK(chosen(Target::avx512, 12) == "fast");
  CHECK(chosen(Target::avx512, 13) == "equal"); // `fast` does not accept it; `cheap` is for another target
  CHECK(chosen(Target::avx512, 11) == "equal");
  CHECK(chosen(Target::avx512, 9) == "rising");
}

TEST_CASE("without a cost the position in the table decides") {
  CHECK(chosen(Target::avx2, 0) == "small"); // although the cost of `cheap` is 0
  CHECK(chosen(Target::avx2, 1) == "cheap");
  CHECK(chosen(Target::ref, 0) == "ref");
}

TEST_CASE("a NaN cost is never the smallest") {
  static constexpr Kernel<Toy> odd = kernel("odd", Target::avx512, nullptr, [](const Toy&, const Maps&) { return __builtin_nan(""); });
  constexpr const Kernel<Toy>* table[] = {&kEqual, &odd, &kRef};
  CHECK(std::string(choose(table, Target::avx512, Toy{}, {}).name) == "equal");
}

TEST_CASE("candidates are all usable kernels; the reference only if there is no other") {
  CHECK(all(Target::avx512, 2) == std::vector<std::string>{"fast", "rising", "equal", "no_cost", "small", "cheap"});
  CHECK(all(Target::avx512, 1) == std::vector<std::string>{"rising", "equal", "no_cost", "cheap"});
  CHECK(all(Target::avx2, 1) == std::vector<std::string>{"cheap"});
  CHECK(all(Target::ref, 1) == std::vector<std::string>{"ref"});
}
