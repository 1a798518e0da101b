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

TransposedAxes transposed_axes(const Permute& op) {
  std::int64_t steps[kMaxAxes] = {}, step = 1; // of the axes of x
  for (int i = op.axes - 1; i >= 0; i--) {
    steps[i] = step;
    step *= op.size[i];
  }
  TransposedAxes axes;
  for (int i = 0; i < kMaxAxes; i++) {
    const int from = i - (kMaxAxes - op.axes);
    axes.size[i] = from < 0 ? 1 : op.size[op.order[from]];
    axes.step[i] = from < 0 ? 0 : steps[op.order[from]];
  }
  return axes;
}

std::int64_t macs(const Permute&, std::span<const Shape>, const Shape&) {
  return 0;
}

} // namespace pose
