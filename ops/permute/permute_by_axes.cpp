// permute where no axis belongs to two sides of a map: each side of the result then contributes to a source's place by itself.
// SPDX-License-Identifier: MIT
#include "ops/each.h"
#include "ops/permute/permute.h"

namespace pose {
namespace {

// Part of the place of a source: its channel, and the offset of its pixel.
struct Part {
  int channel = 0;
  std::int64_t offset = 0;
};

// Axes [begin, end) of the transposed array, which form one side of the result.
struct Side {
  int begin = 0, end = 0;
};

// Returns the axes that follow `begin` and have `count` numbers.  end is -1 where there are none.  get: the size of an axis
template <class F> Side side_of(int begin, std::int64_t count, int axes, F get) {
  std::int64_t product = 1;
  int end = begin;
  while (end < axes && product < count) product *= get(end++);
  return {begin, product == count ? end : -1};
}

// Splits all axes into the three sides of a map.  Returns whether that works.
template <class F> bool split(const Permute& op, int c, int h, int w, F get, Side (&sides)[3]) {
  const int counts[3] = {c, h, w};
  int begin = 0;
  for (int i = 0; i < 3; i++) {
    sides[i] = side_of(begin, counts[i], op.axes, get);
    if (sides[i].end < 0) return false;
    begin = sides[i].end;
  }
  return true; // what is left has size 1
}

struct Sides {
  Side in[3], out[3];
};

bool split(const Permute& op, const Shape& x, const Shape& y, Sides& sides) {
  return split(
             op, x.c, x.h, x.w, [&](int i) { return op.size[i]; }, sides.in) &&
         split(
             op, y.c, y.h, y.w, [&](int i) { return op.size[op.order[i]]; }, sides.out);
}

// What one step along each axis of x adds to the place of a number.
struct Steps {
  Part of[kMaxAxes];
};

Steps steps_of(const Permute& op, const View<const float>& in, const Side (&sides)[3]) {
  Steps steps;
  const std::int64_t stride[3] = {1, in.row, in.pixel};
  for (int side = 0; side < 3; side++) {
    std::int64_t step = stride[side];
    for (int i = sides[side].end - 1; i >= sides[side].begin; i--) {
      if (side == 0)
        steps.of[i].channel = int(step);
      else
        steps.of[i].offset = step;
      step *= op.size[i];
    }
  }
  return steps;
}

// Returns what index `at` of a side of the result contributes.
Part part_of(const Permute& op, const Steps& steps, const Side& side, int at) {
  Part sum;
  for (int i = side.end - 1; i >= side.begin; i--) {
    const int axis = op.order[i], digit = at % op.size[axis];
    at /= op.size[axis];
    sum.channel += digit * steps.of[axis].channel;
    sum.offset += digit * steps.of[axis].offset;
  }
  return sum;
}

bool accepts(const Permute& op, const Maps& m) {
  Sides sides;
  return m.in[0].blocked() && m.out.blocked() && split(op, m.in[0].shape, m.out.shape, sides);
}

void run_by_axes(const Permute& op, const Call& call) noexcept {
  const View<const float> in = call.maps.in[0];
  const View<float> out = call.maps.out;
  const Shape s = out.shape;
  Sides sides;
  split(op, in.shape, s, sides);
  const Steps steps = steps_of(op, in, sides.in);
  auto row = [&](std::int64_t tile, int) {
    const int y = int(tile % s.h), b = int(tile / s.h % s.blocks()), n = int(tile / s.h / s.blocks());
    const int lanes = s.c - b * kLanes < kLanes ? s.c - b * kLanes : kLanes;
    const Part at_y = part_of(op, steps, sides.out[1], y);
    Part lane[kLanes];
    for (int i = 0; i < lanes; i++) lane[i] = part_of(op, steps, sides.out[0], b * kLanes + i);
    const float* image = in.pixel_ptr(n, 0, 0, 0);
    float* to = out.pixel_ptr(n, b, y, 0);
    for (int x = 0; x < s.w; x++, to += kLanes) {
      const Part at_x = part_of(op, steps, sides.out[2], x);
      const int channel = at_y.channel + at_x.channel;
      const std::int64_t offset = at_y.offset + at_x.offset;
      for (int i = 0; i < lanes; i++) {
        const int c = channel + lane[i].channel;
        to[i] = image[offset + lane[i].offset + c / kLanes * in.block + c % kLanes];
      }
      for (int i = lanes; i < kLanes; i++) to[i] = 0;
    }
  };
  parallel_for(*call.pool, std::int64_t(s.n) * s.blocks() * s.h, row);
}

} // namespace

const Kernel<Permute> permute_by_axes{"by_axes", Target::ref, accepts, nullptr, nullptr, nullptr, run_by_axes};

} // namespace pose
