// Implements coco_names.h: COCO's classes in Darknet's order and spelling (data/coco.names).
// SPDX-License-Identifier: MIT
#include "nets/coco_names.h"

namespace pose {

std::vector<std::string> coco_names() {
  return {"person",         "bicycle",    "car",           "motorbike",     "aeroplane",   "bus",           "train",
          "truck",          "boat",       "traffic light", "fire hydrant",  "stop sign",   "parking meter", "bench",
          "bird",           "cat",        "dog",           "horse",         "sheep",       "cow",           "elephant",
          "bear",           "zebra",      "giraffe",       "backpack",      "umbrella",    "handbag",       "tie",
          "suitcase",       "frisbee",    "skis",          "snowboard",     "sports ball", "kite",          "baseball bat",
          "baseball glove", "skateboard", "surfboard",     "tennis racket", "bottle",      "wine glass",    "cup",
          "fork",           "knife",      "spoon",         "bowl",          "banana",      "apple",         "sandwich",
          "orange",         "broccoli",   "carrot",        "hot dog",       "pizza",       "donut",         "cake",
          "chair",          "sofa",       "pottedplant",   "bed",           "diningtable", "toilet",        "tvmonitor",
          "laptop",         "mouse",      "remote",        "keyboard",      "cell phone",  "microwave",     "oven",
          "toaster",        "sink",       "refrigerator",  "book",          "clock",       "vase",          "scissors",
          "teddy bear",     "hair drier", "toothbrush"};
}

} // namespace pose
