// Implements yolo_head.h: shape inference and multiply-add counts.
// SPDX-License-Identifier: MIT
#include "ops/yolo_head/yolo_head.h"

#include "ops/infer.h"

#include <cmath>

namespace pose {

Shape infer(const YoloHead& op, std::span<const Shape> in) {
  expect_inputs(in, 1);
  if (op.anchors < 1 || op.anchors > kMaxAnchors) fail("anchors: expected 1 to {}, found {}", kMaxAnchors, op.anchors);
  expect_size("classes", op.classes);
  expect_size("net width", op.net_w);
  expect_size("net height", op.net_h);
  for (int a = 0; a < op.anchors; a++) {
    for (float side : {op.anchor_w[a], op.anchor_h[a]}) {
      if (!(side > 0) || std::isinf(side)) fail("anchor {}: expected a size above 0, found {}", a, side);
    }
  }
  if (!(op.scale_x_y > 0) || std::isinf(op.scale_x_y)) fail("scale_x_y: expected a number above 0, found {}", op.scale_x_y);
  const Shape x = checked(in[0]);
  const std::int64_t channels = op.anchors * (5ll + op.classes);
  if (x.c != channels) fail("channels: expected anchors * (5 + classes) = {}, found input {}", channels, to_text(x));
  const std::int64_t boxes = std::int64_t(x.h) * x.w * op.anchors;
  if (boxes > kMaxBoxes) fail("boxes: expected at most {}, found {}", kMaxBoxes, boxes);
  return {x.n, 1, int(boxes), 5 + op.classes};
}

std::int64_t macs(const YoloHead&, std::span<const Shape>, const Shape&) {
  return 0;
}

} // namespace pose
