// Reference implementation of resize.h.
// SPDX-License-Identifier: MIT
#include "ops/each.h"
#include "ops/resize/resize.h"

namespace pose {
namespace {

void run(const Resize& op, const Call& call) noexcept {
  const View<const float> in = call.maps.in[0];
  for_each_element(*call.pool, call.maps.out, [&](int n, int y, int x, int c) {
    const Between v = resize_place(op.kind, op.scale_y, op.shift_y, y, in.shape.h), h = resize_place(op.kind, op.scale_x, op.shift_x, x, in.shape.w);
    if (op.kind == ResizeKind::nearest) return double(in.at(n, v.first, h.first, c));
    const auto row = [&](int from) {
      return double(h.first_weight) * in.at(n, from, h.first, c) + double(h.second_weight) * in.at(n, from, h.second, c);
    };
    return v.first_weight * row(v.first) + v.second_weight * row(v.second);
  });
}

} // namespace

const Kernel<Resize> resize_ref{"ref", Target::ref, nullptr, nullptr, nullptr, nullptr, run};

} // namespace pose
