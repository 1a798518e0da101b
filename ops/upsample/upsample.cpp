// Implements upsample.h: shape inference and multiply-add counts.
// SPDX-License-Identifier: MIT
#include "ops/upsample/upsample.h"

#include "ops/infer.h"

namespace pose {

Shape infer(const Upsample& op, std::span<const Shape> in) {
  expect_inputs(in, 1);
  expect_size("factor", op.factor);
  const Shape x = checked(in[0]);
  expect_size("output height", std::int64_t(x.h) * op.factor);
  expect_size("output width", std::int64_t(x.w) * op.factor);
  return checked({x.n, x.h * op.factor, x.w * op.factor, x.c});
}

std::int64_t macs(const Upsample&, std::span<const Shape>, const Shape&) {
  return 0;
}

} // namespace pose
