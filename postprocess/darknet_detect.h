// Darknet's detections for `detect`: all classes, with its thresholds and its per-class NMS.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/letterbox.h"
#include "postprocess/class_tree.h"
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
  float diou_beta = 0;             // NMS by IoU - (d^2 / c^2)^diou_beta, d being the distance of the centers, c the diagonal of both boxes; 0: by IoU
  const ClassTree* tree = nullptr; // null: classes are independent
};

// Computes what get_yolo_detections, correct_yolo_boxes and do_nms_sort of darknet do (src/yolo_layer.c, src/box.c).  Candidates have objectness >
// thresh.  Scores are objectness * class, zeroed at <= thresh.  Boxes are mapped back through the letterbox.  For each class, boxes are sorted by
// score, and those with IoU > nms to a better one are zeroed.  With a tree, a box has one class, and its score is the objectness.
// Returns the boxes sorted by score, best first.
std::vector<ClassBox> darknet_detections(std::span<const YoloOutput> heads, const LetterboxGeometry& geometry, int net_h, int net_w, int h, int w,
                                         const DarknetOptions& options);

} // namespace pose
