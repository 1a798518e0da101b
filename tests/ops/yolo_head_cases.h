// The head that the tests of yolo_head try, on the CPU and on the device.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/yolo_head/yolo_head.h"

namespace pose::yolo_head_cases {

// Of an input of 96 x 64, with anchors of its own.
inline YoloHead head(int anchors, int classes, float scale_x_y) {
  YoloHead op{anchors, classes, {}, {}, scale_x_y, 96, 64};
  for (int a = 0; a < anchors; a++) {
    op.anchor_w[a] = 10.0f + 3.0f * float(a);
    op.anchor_h[a] = 13.0f + 5.0f * float(a);
  }
  return op;
}

} // namespace pose::yolo_head_cases
