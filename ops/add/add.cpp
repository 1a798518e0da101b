// Implements add.h: shape inference and multiply-add counts.
// SPDX-License-Identifier: MIT
#include "ops/add/add.h"

#include "ops/infer.h"

namespace pose {

Shape infer(const Add& op, std::span<const Shape> in) {
  expect_inputs(in, 2);
  expect_fusible(op.act);
  if (!(in[0] == in[1])) fail("input 1: expected the shape of input 0, {}, found {}", to_text(in[0]), to_text(in[1]));
  return checked(in[0]);
}

std::int64_t macs(const Add&, std::span<const Shape>, const Shape&) {
  return 0;
}

} // namespace pose
