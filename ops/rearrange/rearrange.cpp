// Implements rearrange.h: shape inference and multiply-add counts.
// SPDX-License-Identifier: MIT
#include "ops/rearrange/rearrange.h"

#include "ops/infer.h"

#include <cmath>

namespace pose {
namespace {

Shape cropped(const Rearrange& op, const Shape& x) {
  const auto expect_inside = [](const char* axis, int begin, int count, int size) {
    expect_size(axis, count);
    if (begin < 0 || begin > size - count) fail("{}: expected {} pixels from {} on inside the {}", axis, count, begin, size);
  };
  expect_inside("height", op.top, op.height, x.h);
  expect_inside("width", op.left, op.width, x.w);
  return checked({x.n, op.height, op.width, x.c});
}

} // namespace

Shape infer(const Rearrange& op, std::span<const Shape> in) {
  expect_inputs(in, 1);
  const Shape x = checked(in[0]);
  if (!std::isfinite(op.scale) || !std::isfinite(op.shift)) fail("scale and shift: expected finite numbers, found {} and {}", op.scale, op.shift);
  if (op.kind == Rearranging::crop) return cropped(op, x);
  expect_size("factor", op.factor);
  if (x.h % op.factor != 0 || x.w % op.factor != 0) fail("factor: expected a divisor of {} and {}, found {}", x.h, x.w, op.factor);
  const std::int64_t area = std::int64_t(op.factor) * op.factor, channels = x.c * area;
  if (op.kind == Rearranging::darknet_reorg && x.c % area != 0) fail("channels: expected a multiple of {}, found {}", area, x.c);
  expect_size("channels", channels);
  return checked({x.n, x.h / op.factor, x.w / op.factor, int(channels)});
}

std::int64_t macs(const Rearrange&, std::span<const Shape>, const Shape&) {
  return 0;
}

} // namespace pose
