// Implements pixel_shuffle.h: shape inference and multiply-add counts.
// SPDX-License-Identifier: MIT
#include "ops/pixel_shuffle/pixel_shuffle.h"

#include "ops/infer.h"

namespace pose {

Shape infer(const PixelShuffle& op, std::span<const Shape> in) {
  expect_inputs(in, 1);
  expect_size("factor", op.factor);
  const Shape x = checked(in[0]);
  const std::int64_t group = std::int64_t(op.factor) * op.factor;
  if (x.c % group != 0) fail("channels: expected a multiple of factor^2 = {}, found input {}", group, to_text(x));
  expect_size("output height", std::int64_t(x.h) * op.factor);
  expect_size("output width", std::int64_t(x.w) * op.factor);
  return checked({x.n, x.h * op.factor, x.w * op.factor, int(x.c / group)});
}

std::int64_t macs(const PixelShuffle&, std::span<const Shape>, const Shape&) {
  return 0;
}

} // namespace pose
