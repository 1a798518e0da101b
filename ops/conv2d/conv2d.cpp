// Implements conv2d.h: shape inference, range checks and multiply-add counts.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/conv2d.h"

#include "ops/infer.h"

namespace pose {
namespace {

constexpr std::int64_t kMaxInputs = 1 << 26; // per output: kernels count inputs, and the slices of the sum, in int

void check_weight(const Conv2d& op) {
  const int channels = op.in_c / op.groups;
  const std::int64_t window = std::int64_t(op.kernel_h) * op.kernel_w;
  auto refuse = [&](std::int64_t most, const char* what) {
    fail("weight {}x{}x{}x{}: more than {} {}", op.out_c, channels, op.kernel_h, op.kernel_w, most, what);
  };
  if (window > kMaxInputs / channels) refuse(kMaxInputs, "inputs to an output");
  if (window * channels > kMaxCount / op.out_c) refuse(kMaxCount, "elements");
}

// Returns the shape of y as it is stored.
Shape stored(const Conv2d& op, Shape y) {
  if (op.placing == StoreMode::plain) return y;
  expect_size("store factor", op.factor);
  if (op.residual) fail("store mode: expected no residual");
  if (op.placing == StoreMode::shuffle) {
    const int pixels = op.factor * op.factor;
    if (op.factor > kLanes || y.c % (pixels * kLanes) != 0) fail("store mode: expected a multiple of {} channels, found {}", pixels * kLanes, y.c);
    y.c /= pixels;
  }
  if (y.h > kMaxSide / op.factor || y.w > kMaxSide / op.factor) fail("store factor: expected less than {}", op.factor);
  y.h *= op.factor;
  y.w *= op.factor;
  return checked(y);
}

} // namespace

Conv2d conv2d(int in_c, int out_c, int kernel, int stride, int pad) {
  Conv2d op;
  op.in_c = in_c;
  op.out_c = out_c;
  op.kernel_h = op.kernel_w = kernel;
  op.stride_h = op.stride_w = stride;
  op.pad_top = op.pad_left = op.pad_bottom = op.pad_right = pad;
  return op;
}

Shape infer(const Conv2d& op, std::span<const Shape> in) {
  expect_inputs(in, op.residual ? 2 : 1);
  expect_fusible(op.act);
  expect_fusible(op.post);
  const Shape x = checked(in[0]);
  expect_size("in_c", op.in_c);
  expect_size("out_c", op.out_c);
  expect_size("groups", op.groups);
  if (x.c != op.in_c) fail("in_c: expected {} as in the input {}, found {}", x.c, to_text(x), op.in_c);
  if (op.in_c % op.groups != 0) fail("groups: expected a divisor of in_c {}, found {}", op.in_c, op.groups);
  if (op.out_c % op.groups != 0) fail("groups: expected a divisor of out_c {}, found {}", op.out_c, op.groups);
  Shape y{x.n, 0, 0, op.out_c};
  y.h = conv_extent("height", x.h, op.kernel_h, op.stride_h, op.pad_top, op.pad_bottom);
  y.w = conv_extent("width", x.w, op.kernel_w, op.stride_w, op.pad_left, op.pad_right);
  check_weight(op);
  if (op.residual && in[1] != y) fail("residual: expected {}, found {}", to_text(y), to_text(in[1]));
  return stored(op, checked(y));
}

std::int64_t macs(const Conv2d& op, std::span<const Shape>, const Shape& out) {
  return conv_output_shape(op, out).count() * (op.in_c / op.groups) * op.kernel_h * op.kernel_w;
}

} // namespace pose
