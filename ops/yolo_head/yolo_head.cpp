// Implements yolo_head.h: shape inference and multiply-add counts.
// SPDX-License-Identifier: MIT
#include "ops/yolo_head/yolo_head.h"

#include "ops/infer.h"

#include <cmath>

namespace pose {

namespace {

void expect_anchors(const YoloHead& op) {
  for (int a = 0; a < op.anchors; a++) {
    for (float side : {op.anchor_w[a], op.anchor_h[a]}) {
      if (!(side > 0) || std::isinf(side)) fail("anchor {}: expected a size above 0, found {}", a, side);
    }
  }
  if (!(op.scale_x_y > 0) || std::isinf(op.scale_x_y)) fail("scale_x_y: expected a number above 0, found {}", op.scale_x_y);
}

// Returns the number of boxes of an image.
std::int64_t boxes_of(const YoloHead& op, const Shape& x) {
  if (op.kind == HeadKind::cells) {
    expect_size("side", op.side);
    const std::int64_t area = std::int64_t(op.side) * op.side, channels = area * (op.classes + 5ll * op.anchors);
    if (x.h != 1 || x.w != 1 || x.c != channels)
      fail("channels: expected side * side * (classes + 5 * anchors) = {} of one pixel, found input {}", channels, to_text(x));
    return area * op.anchors;
  }
  const std::int64_t channels = std::int64_t(op.anchors) * op.stride();
  if (op.kind > HeadKind::cells && op.anchors != 1) fail("anchors: expected 1 for this kind of head, found {}", op.anchors);
  if (x.c != channels) fail("channels: expected anchors * ({} + classes) = {}, found input {}", op.stride() - op.classes, channels, to_text(x));
  return std::int64_t(x.h) * x.w * op.anchors;
}

} // namespace

Shape infer(const YoloHead& op, std::span<const Shape> in) {
  expect_inputs(in, 1);
  if (op.anchors < 1 || op.anchors > kMaxAnchors) fail("anchors: expected 1 to {}, found {}", kMaxAnchors, op.anchors);
  expect_size("classes", op.classes);
  expect_size("net width", op.net_w);
  expect_size("net height", op.net_h);
  if (op.kind != HeadKind::cells) expect_anchors(op);
  const Shape x = checked(in[0]);
  const std::int64_t boxes = boxes_of(op, x);
  if (boxes > kMaxBoxes) fail("boxes: expected at most {}, found {}", kMaxBoxes, boxes);
  return {x.n, 1, int(boxes), 5 + op.classes};
}

std::int64_t macs(const YoloHead&, std::span<const Shape>, const Shape&) {
  return 0;
}

} // namespace pose
