// Implements matmul.h: shape inference and multiply-add counts.
// SPDX-License-Identifier: MIT
#include "ops/matmul/matmul.h"

#include "ops/infer.h"

namespace pose {

Shape infer(const Matmul&, std::span<const Shape> in) {
  expect_inputs(in, 2);
  const Shape a = checked(in[0]), b = checked(in[1]);
  if (b.w != a.c || (b.h != a.h && b.h != 1)) fail("input 1: expected {} pixels in each of {} rows or of one, found {}", a.c, a.h, to_text(b));
  return checked({a.n, a.h, a.w, b.c});
}

std::int64_t macs(const Matmul&, std::span<const Shape> in, const Shape& out) {
  return out.count() * in[0].c;
}

} // namespace pose
