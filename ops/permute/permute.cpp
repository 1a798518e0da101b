// Implements permute.h: shape inference and multiply-add counts.
// SPDX-License-Identifier: MIT
#include "ops/permute/permute.h"

#include "ops/infer.h"

namespace pose {

Shape infer(const Permute& op, std::span<const Shape> in) {
  expect_inputs(in, 1);
  const Shape x = checked(in[0]);
  if (op.axes < 1 || op.axes > kMaxAxes) fail("axes: expected 1 to {}, found {}", kMaxAxes, op.axes);
  bool seen[kMaxAxes] = {};
  const std::int64_t count = std::int64_t(x.c) * x.h * x.w;
  std::int64_t product = 1;
  for (int i = 0; i < op.axes; i++) {
    expect_size("size", op.size[i]);
    product *= op.size[i];
    if (product > count) break; // before it could overflow
    if (op.order[i] < 0 || op.order[i] >= op.axes || seen[op.order[i]]) fail("order: expected every axis once, found {} at {}", op.order[i], i);
    seen[op.order[i]] = true;
  }
  if (product != count) fail("size: expected a product of {}, the numbers of {}, found another", count, to_text(x));
  const Shape y = checked({x.n, op.height, op.width, op.channels});
  if (y.count() != x.count()) fail("result: expected as many numbers as {} has, found {}", to_text(x), to_text(y));
  return y;
}

std::int64_t macs(const Permute&, std::span<const Shape>, const Shape&) {
  return 0;
}

} // namespace pose
