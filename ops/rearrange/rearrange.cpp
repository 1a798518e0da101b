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

// Every window must have a pixel of the map.
Shape windows_of(const Rearrange& op, const Shape& x) {
  const auto expect_near = [&](const char* axis, int begin, int count, int size) {
    expect_size(axis, count);
    if (begin <= -op.factor || begin > size - count) fail("{}: expected {} windows from {} on at the {}", axis, count, begin, size);
  };
  expect_near("height", op.top, op.height, x.h);
  expect_near("width", op.left, op.width, x.w);
  const std::int64_t channels = std::int64_t(op.height) * op.width * x.c; // each is at most 65536
  expect_size("channels", channels);
  return checked({x.n, op.factor, op.factor, int(channels)});
}

Shape places_of(const Rearrange& op, const Shape& x) {
  if (x.h != 1 || x.w != 1) fail("places: expected one pixel, found {} x {}", x.h, x.w);
  expect_size("height", op.height);
  expect_size("width", op.width);
  const std::int64_t places = std::int64_t(op.height) * op.width;
  if (x.c % places != 0) fail("channels: expected a multiple of {}, found {}", places, x.c);
  return checked({x.n, op.height, op.width, int(x.c / places)});
}

} // namespace

Shape infer(const Rearrange& op, std::span<const Shape> in) {
  expect_inputs(in, 1);
  const Shape x = checked(in[0]);
  if (!std::isfinite(op.scale) || !std::isfinite(op.shift)) fail("scale and shift: expected finite numbers, found {} and {}", op.scale, op.shift);
  if (op.kind == Rearranging::crop) return cropped(op, x);
  if (op.kind == Rearranging::places) return places_of(op, x);
  expect_size("factor", op.factor);
  if (op.kind == Rearranging::windows) return windows_of(op, x);
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
