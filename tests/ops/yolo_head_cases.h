// The head for tests of yolo_head, on the CPU and on the device.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/yolo_head/yolo_head.h"

namespace pose::yolo_head_cases {

// Returns a head for an input of 96 x 64, with fixed anchors.
inline YoloHead head(int anchors, int classes, float scale_x_y, HeadKind kind = HeadKind::yolo) {
  YoloHead op{anchors, classes, {}, {}, scale_x_y, 96, 64, kind};
  for (int a = 0; a < anchors; a++) {
    op.anchor_w[a] = 10.0f + 3.0f * float(a);
    op.anchor_h[a] = 13.0f + 5.0f * float(a);
  }
  return op;
}

// Returns the input of a head with a grid of h x w cells; sets the side of a head that has one.
inline Shape input_of(YoloHead& op, int h, int w) {
  if (op.kind != HeadKind::cells) return {1, h, w, op.anchors * op.stride()};
  op.side = h;
  return {1, 1, 1, op.side * op.side * (op.classes + 5 * op.anchors)};
}

inline constexpr HeadKind kOtherKinds[] = {HeadKind::new_coords,  HeadKind::gaussian,  HeadKind::region, HeadKind::region_tree, HeadKind::cells,
                                           HeadKind::anchor_free, HeadKind::distances, HeadKind::rows,   HeadKind::boxes};

} // namespace pose::yolo_head_cases
