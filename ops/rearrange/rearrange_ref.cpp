// Reference implementation of rearrange.h.
// SPDX-License-Identifier: MIT
#include "ops/each.h"
#include "ops/rearrange/rearrange.h"

namespace pose {
namespace {

Place source_of(const Rearrange& op, const Shape& in, const Shape& out, int y, int x, int c) {
  switch (op.kind) {
    case Rearranging::crop: return {op.top + y, op.left + x, c};
    case Rearranging::space_to_depth: return {y * op.factor + c / in.c / op.factor, x * op.factor + c / in.c % op.factor, c % in.c};
    case Rearranging::darknet_reorg: return darknet_reorg_source(op.factor, y, x, c, out.h, out.w, in.h, in.w, in.c);
    case Rearranging::windows: return window_source(op, y, x, c, in.c);
    case Rearranging::places: return {0, 0, (y * op.width + x) * out.c + c};
  }
  return {};
}

void run(const Rearrange& op, const Call& call) noexcept {
  const View<const float> in = call.maps.in[0];
  const Shape out = call.maps.out.shape;
  for_each_element(*call.pool, call.maps.out, [&](int n, int y, int x, int c) {
    const Place from = source_of(op, in.shape, out, y, x, c);
    const bool inside = from.y >= 0 && from.y < in.shape.h && from.x >= 0 && from.x < in.shape.w;
    return double(op.scale) * (inside ? in.at(n, from.y, from.x, from.c) : 0) + op.shift;
  });
}

} // namespace

const Kernel<Rearrange> rearrange_ref{"ref", Target::ref, nullptr, nullptr, nullptr, nullptr, run};

} // namespace pose
