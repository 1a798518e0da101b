// Reference implementation of yolo_head.h.
// SPDX-License-Identifier: MIT
#include "ops/activation/activation.h"
#include "ops/each.h"
#include "ops/yolo_head/yolo_head.h"

#include <cmath>

namespace pose {
namespace {

double attribute_of(const YoloHead& op, const Shape& grid, int y, int x, int anchor, int attribute, double t) {
  const auto sigmoid = [&] { return act_ref({ActKind::logistic}, t); };
  const auto offset = [&] { return op.scale_x_y * sigmoid() - (double(op.scale_x_y) - 1) / 2; };
  switch (attribute) {
    case 0: return (offset() + x) * op.net_w / grid.w;
    case 1: return (offset() + y) * op.net_h / grid.h;
    case 2: return std::exp(t) * op.anchor_w[anchor];
    case 3: return std::exp(t) * op.anchor_h[anchor];
    default: return sigmoid();
  }
}

void run(const YoloHead& op, const Call& call) noexcept {
  const View<const float> in = call.maps.in[0];
  const Shape grid = in.shape;
  for_each_element(*call.pool, call.maps.out, [&](int n, int, int row, int attribute) {
    const int anchor = row % op.anchors, x = row / op.anchors % grid.w, y = row / op.anchors / grid.w;
    return attribute_of(op, grid, y, x, anchor, attribute, in.at(n, y, x, anchor * (5 + op.classes) + attribute));
  });
}

} // namespace

const Kernel<YoloHead> yolo_head_ref{"ref", Target::ref, nullptr, nullptr, nullptr, nullptr, run};

} // namespace pose
