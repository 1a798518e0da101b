// Implements binary.h: shape inference and multiply-add counts.
// SPDX-License-Identifier: MIT
#include "ops/binary/binary.h"

#include "ops/infer.h"

#include <algorithm>

namespace pose {

Shape infer(const Binary&, std::span<const Shape> in) {
  expect_inputs(in, 2);
  const Shape a = checked(in[0]), b = checked(in[1]);
  const auto fits = [](int m, int n) { return m == n || m == 1 || n == 1; };
  if (!fits(a.h, b.h) || !fits(a.w, b.w) || !fits(a.c, b.c))
    fail("input 1: expected the sides of input 0, {}, or 1, found {}", to_text(a), to_text(b));
  return checked({a.n, std::max(a.h, b.h), std::max(a.w, b.w), std::max(a.c, b.c)});
}

std::int64_t macs(const Binary&, std::span<const Shape>, const Shape& out) {
  return out.count();
}

} // namespace pose
