// Test cases for kernels of binary.
// SPDX-License-Identifier: MIT
#include "tests/ops/cases.h"

namespace pose::harness {

std::vector<BinaryKind> all_binary_kinds() {
  return {BinaryKind::add, BinaryKind::sub, BinaryKind::mul, BinaryKind::div, BinaryKind::min, BinaryKind::max, BinaryKind::prelu};
}

template <> std::vector<Case<Binary>> cases_of() {
  std::vector<Case<Binary>> cases;
  const auto add = [&](BinaryKind kind, const Shape& a, const Shape& b, Layout layout = Layout::blocked) {
    const bool sum = kind == BinaryKind::add || kind == BinaryKind::sub;
    const Tolerance tolerance = [op = Binary{kind}](std::int64_t, double want, double magnitude) {
      return rounding_bound(op, {}, {0, want, magnitude});
    };
    cases.push_back(
        {{kind}, {.in = {a, b}, .layout = layout, .special = !sum}, tolerance, sum ? std::optional(Binary{BinaryKind::add}) : std::nullopt});
  };
  for (BinaryKind kind : all_binary_kinds()) {
    for (int c : {1, 8, 16, 33}) {
      const Shape full{1, 3, 5, c};
      for (const Shape& other : {full, Shape{1, 1, 1, c}, Shape{1, 3, 1, c}, Shape{1, 1, 5, 1}, Shape{1, 1, 1, 1}}) {
        add(kind, full, other);
        add(kind, other, full);
      }
      add(kind, {1, 1, 5, c}, {1, 3, 1, c}); // both repeat
    }
  }
  add(BinaryKind::mul, {1, 300, 40, 5}, {1, 1, 1, 5});
  add(BinaryKind::max, {1, 4, 9, 3}, {1, 4, 9, 3}, Layout::compact);
  return cases;
}

} // namespace pose::harness
