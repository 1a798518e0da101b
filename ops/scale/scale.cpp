// Implements scale.h: shape inference and multiply-add counts.
// SPDX-License-Identifier: MIT
#include "ops/scale/scale.h"

#include "ops/infer.h"

namespace pose {

Shape infer(const Scale& op, std::span<const Shape> in) {
  expect_inputs(in, op.residual ? 3 : 2);
  expect_fusible(op.act);
  const Shape x = checked(in[0]), factors{x.n, 1, 1, x.c};
  if (!(in[1] == factors || in[1] == x)) fail("factors: expected {} or {}, found {}", to_text(factors), to_text(x), to_text(in[1]));
  if (op.residual && !(in[2] == x)) fail("residual: expected {}, found {}", to_text(x), to_text(in[2]));
  return x;
}

std::int64_t macs(const Scale&, std::span<const Shape>, const Shape& out) {
  return out.count();
}

} // namespace pose
