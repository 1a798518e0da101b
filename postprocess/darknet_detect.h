// Darknet's detections for `detect`: all classes, with its thresholds and its per-class NMS.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/letterbox.h"
#include "postprocess/detections.h"

namespace pose {

struct ClassBox {
  Box box; // pixels of the image, clipped to it
  int cls = 0;
  float score = 0; // objectness * class probability
};

struct DarknetOptions {
  float thresh = 0.25f; // minimum of objectness and of score (exclusive)
  float nms = 0.45f;
};

// Computes what get_yolo_detections, correct_yolo_boxes and do_nms_sort of darknet do (src/yolo_layer.c, src/box.c).  Candidates have objectness >
// thresh.  Scores are objectness * class, zeroed at <= thresh.  Boxes are mapped back through the letterbox.  For each class, boxes are sorted by
// score, and those with IoU > nms to a better one are zeroed.
// Returns the boxes sorted by score, best first.
std::vector<ClassBox> darknet_detections(std::span<const YoloOutput> heads, const LetterboxGeometry& geometry, int net_h, int net_w, int h, int w,
                                         const DarknetOptions& options);

} // namespace pose
