// Implements conv_transpose2d.h: shape inference and multiply-add counts.
// SPDX-License-Identifier: MIT
#include "ops/conv_transpose2d/conv_transpose2d.h"

#include "ops/infer.h"

namespace pose {
namespace {

int extent(const char* axis, int size, int kernel, int stride, int pad_before, int pad_after, int output_pad) {
  if (kernel < 1 || kernel > kMaxSide) fail("kernel {}: expected 1 to {}, found {}", axis, kMaxSide, kernel);
  if (stride < 1 || stride > kMaxSide) fail("stride {}: expected 1 to {}, found {}", axis, kMaxSide, stride);
  for (int pad : {pad_before, pad_after}) {
    if (pad < 0 || pad > kMaxSide) fail("padding {}: expected 0 to {}, found {}", axis, kMaxSide, pad);
  }
  if (output_pad < 0 || output_pad >= stride)
    fail("output padding {}: expected 0 to {}, less than the stride, found {}", axis, stride - 1, output_pad);
  const std::int64_t side = std::int64_t(size - 1) * stride - pad_before - pad_after + kernel + output_pad;
  if (side < 1 || side > kMaxSide) fail("output {}: expected 1 to {}, found {}", axis, kMaxSide, side);
  return int(side);
}

} // namespace

Shape infer(const ConvTranspose2d& op, std::span<const Shape> in) {
  expect_inputs(in, 1);
  expect_fusible(op.act);
  expect_size("in channels", op.in_c);
  expect_size("out channels", op.out_c);
  expect_size("groups", op.groups);
  if (op.in_c % op.groups != 0 || op.out_c % op.groups != 0)
    fail("groups: expected a divisor of {} and {} channels, found {}", op.in_c, op.out_c, op.groups);
  const Shape x = checked(in[0]);
  if (x.c != op.in_c) fail("in channels: expected {}, found input {}", op.in_c, to_text(x));
  return checked({x.n, extent("height", x.h, op.kernel_h, op.stride_h, op.pad_top, op.pad_bottom, op.output_pad_h),
                  extent("width", x.w, op.kernel_w, op.stride_w, op.pad_left, op.pad_right, op.output_pad_w), op.out_c});
}

// Every input element is multiplied by every tap, also by those that fall outside the output.
std::int64_t macs(const ConvTranspose2d& op, std::span<const Shape> in, const Shape&) {
  return in[0].count() * (op.out_c / op.groups) * op.kernel_h * op.kernel_w;
}

} // namespace pose
