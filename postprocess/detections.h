// Person boxes: the rows of a YOLO head -> boxes of the picture (docs/spec.md, section 4).
// SPDX-License-Identifier: MIT
#pragma once

#include "image/crop.h"

#include <span>
#include <vector>

namespace pose {

// YoloOutput of x, y, width, height, objectness, classes... in pixels of the network input, of one picture and one head.
struct YoloOutput {
  static constexpr int kObjectness = 4, kFirstClass = 5;

  const float* data = nullptr;
  int count = 0, attributes = 0; // attributes > kFirstClass unless there are no rows

  const float* row(int i) const { return data + std::size_t(i) * std::size_t(attributes); }
  int classes() const { return attributes - kFirstClass; }
};

// A row that survived: corners in pixels of the network input.
struct Detection {
  int picture = 0;
  Box box;
  float objectness = 0, class_score = 0;
};

struct SelectOptions {
  float conf = 0.05f; // objectness must exceed it
  double nms = 0.6;   // IoU at which the weaker box goes
};

inline constexpr std::size_t kCrowd = 100; // more rows than this in a batch: one rerun ...
inline constexpr double kCrowdStep = 0.05; // ... with a stricter NMS

// pictures[i] = the heads of picture i in row order.  Picks class 0, greedy NMS, one rerun with nms - kCrowdStep when more than kCrowd rows of
// the whole batch are left.  Result ordered by picture, then by objectness.
std::vector<Detection> select_people(std::span<const std::vector<YoloOutput>> pictures, const SelectOptions& options);
// One pass without the rerun (write_results).
std::vector<Detection> select_people_once(std::span<const std::vector<YoloOutput>> pictures, float conf, float nms);

// From the letterboxed input back to the picture, clamped to [0, w] x [0, h].
Box to_picture(const Box& box, int h, int w, int inp_dim);

// The part of a box inside [0, w] x [0, h].
Box clip(const Box& box, int h, int w);
bool has_nan(const Box& box);

} // namespace pose
