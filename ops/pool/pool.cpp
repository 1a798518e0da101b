// Implements pool.h: shape inference and multiply-add counts.
// SPDX-License-Identifier: MIT
#include "ops/pool/pool.h"

#include "ops/infer.h"

namespace pose {
namespace {

// Throws Error for a padding as wide as the kernel: some windows would be empty.
void expect_padding(const char* what, int pad, int kernel) {
  if (pad < 0 || pad >= kernel) fail("{} padding: expected 0 to {}, less than the kernel, found {}", what, kernel - 1, pad);
}

template <class P> Shape windows(const P& op, const Shape& x) {
  const int h = conv_extent("height", x.h, op.kernel_h, op.stride_h, op.pad_top, op.pad_bottom);
  const int w = conv_extent("width", x.w, op.kernel_w, op.stride_w, op.pad_left, op.pad_right);
  expect_padding("top", op.pad_top, op.kernel_h);
  expect_padding("bottom", op.pad_bottom, op.kernel_h);
  expect_padding("left", op.pad_left, op.kernel_w);
  expect_padding("right", op.pad_right, op.kernel_w);
  return checked({x.n, h, w, x.c});
}

} // namespace

Shape infer(const MaxPool& op, std::span<const Shape> in) {
  expect_inputs(in, 1);
  return windows(op, checked(in[0]));
}

Shape infer(const AvgPool& op, std::span<const Shape> in) {
  expect_inputs(in, 1);
  const Shape x = checked(in[0]);
  return op.global ? Shape{x.n, 1, 1, x.c} : windows(op, x);
}

std::int64_t macs(const MaxPool&, std::span<const Shape>, const Shape&) {
  return 0;
}

std::int64_t macs(const AvgPool&, std::span<const Shape>, const Shape&) {
  return 0;
}

} // namespace pose
