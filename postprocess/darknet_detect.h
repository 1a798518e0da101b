// Darknet's own detections for `detect`: all classes, its thresholds and its per-class NMS.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/letterbox.h"
#include "postprocess/detections.h"

namespace pose {

struct ClassBox {
  Box box; // pixels of the picture, clipped to it
  int cls = 0;
  float score = 0; // objectness * class probability
};

struct DarknetOptions {
  float thresh = 0.25f; // objectness and score
  float nms = 0.45f;
};

// get_yolo_detections, correct_yolo_boxes and do_nms_sort of darknet (src/yolo_layer.c, src/box.c): candidates with objectness > thresh, scores
// objectness * class zeroed at <= thresh, boxes mapped back through the letterbox, for each class the boxes sorted by score and those
// with IoU > nms to a better one zeroed.  Sorted by score, best first.
std::vector<ClassBox> darknet_detections(std::span<const YoloOutput> heads, const LetterboxGeometry& geometry, int net_h, int net_w, int h, int w,
                                         const DarknetOptions& options);

} // namespace pose
