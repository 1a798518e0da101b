// Person detection: from YOLO output rows to boxes in the image (docs/spec.md, section 4).
// SPDX-License-Identifier: MIT
#pragma once

#include "image/crop.h"

#include <span>
#include <vector>

namespace pose {

// Rows of x, y, width, height, objectness, classes... in pixels of the network input, for one image and one YOLO head.
struct YoloOutput {
  static constexpr int kObjectness = 4, kFirstClass = 5;

  const float* data = nullptr;
  int count = 0, attributes = 0; // attributes > kFirstClass unless there are no rows

  const float* row(int i) const { return data + std::size_t(i) * std::size_t(attributes); }
  int classes() const { return attributes - kFirstClass; }
};

// A box that passed selection: corners in pixels of the network input.
struct Detection {
  int image = 0;
  Box box;
  float objectness = 0, class_score = 0;
};

struct SelectOptions {
  float conf = 0.05f; // minimum objectness (exclusive)
  double nms = 0.6;   // IoU at which the weaker box is removed
  int person = 0;     // class of people
};

inline constexpr std::size_t kCrowd = 100; // more boxes than this in a batch cause one rerun ...
inline constexpr double kCrowdStep = 0.05; // ... with a stricter NMS

// Selects the class of people and applies greedy NMS.  Runs again with nms - kCrowdStep when more than kCrowd boxes of the whole batch remain.
// images[i]: the YOLO outputs of image i in row order.  Returns the boxes ordered by image, then by objectness.
std::vector<Detection> select_people(std::span<const std::vector<YoloOutput>> images, const SelectOptions& options);
// Does one pass without the rerun (write_results).
std::vector<Detection> select_people_once(std::span<const std::vector<YoloOutput>> images, float conf, float nms, int person = 0);

// Maps a box from the letterboxed input back to the image, clamped to [0, w] x [0, h].
Box to_image(const Box& box, int h, int w, int inp_dim);

// Returns the part of a box inside [0, w] x [0, h].
Box clip(const Box& box, int h, int w);
bool has_nan(const Box& box);

} // namespace pose
