// The head for tests of yolo_head, on the CPU and on the device.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/yolo_head/yolo_head.h"

namespace pose::yolo_head_cases {

// Returns a head for an input of 96 x 64, with fixed anchors.
inline YoloHead head(int anchors, int classes, float scale_x_y) {
  YoloHead op{anchors, classes, {}, {}, scale_x_y, 96, 64};
  for (int a = 0; a < anchors; a++) {
    op.anchor_w[a] = 10.0f + 3.0f * float(a);
    op.anchor_h[a] = 13.0f + 5.0f * float(a);
  }
  return op;
}

} // namespace pose::yolo_head_cases
