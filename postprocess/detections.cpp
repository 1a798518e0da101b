// Implements detections.h: thresholds, greedy NMS with one rerun, the map from network input to image.
// SPDX-License-Identifier: MIT
#include "postprocess/detections.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

namespace pose {

namespace {

// Computes corners as the original does: half the size is rounded first.
Box corners(const float* row) {
  const float half_w = row[2] / 2, half_h = row[3] / 2;
  return {row[0] - half_w, row[1] - half_h, row[0] + half_w, row[1] + half_h};
}

// Returns whether the class is the argmax (ties go to the first class) and its score is a number other than 0.
bool is_person(const float* classes, int count, int cls) {
  const float person = classes[cls];
  if (person == 0 || std::isnan(person)) return false;
  return std::none_of(classes, classes + cls, [&](float other) { return other >= person; }) &&
         std::none_of(classes + cls + 1, classes + count, [&](float other) { return other > person; });
}

// Returns the IoU with areas counted in pixels: a box from x1 to x2 is x2 - x1 + 1 wide.
float pixel_iou(const Box& a, const Box& b) {
  const float w = std::max(std::min(a.x2, b.x2) - std::max(a.x1, b.x1) + 1, 0.0f);
  const float h = std::max(std::min(a.y2, b.y2) - std::max(a.y1, b.y1) + 1, 0.0f);
  const float inter = w * h;
  const float area_a = (a.x2 - a.x1 + 1) * (a.y2 - a.y1 + 1);
  const float area_b = (b.x2 - b.x1 + 1) * (b.y2 - b.y1 + 1);
  return inter / (area_a + area_b - inter);
}

// Appends the people among the YOLO rows.  Skips rows with NaN in the box: the original would pass them on to an undefined crop.
void append_people(const YoloOutput& rows, int image, float conf, int cls, std::vector<Detection>& people) {
  assert(rows.count == 0 || rows.classes() > cls);
  for (int i = 0; i < rows.count; ++i) {
    const float* row = rows.row(i);
    if (!(row[YoloOutput::kObjectness] > conf) || !is_person(row + YoloOutput::kFirstClass, rows.classes(), cls)) continue;
    const Box box = corners(row);
    if (!has_nan(box)) people.push_back({image, box, row[YoloOutput::kObjectness], row[YoloOutput::kFirstClass + cls]});
  }
}

// Appends the boxes of `sorted`, best first, that survive NMS to `kept`.
void suppress(std::vector<Detection> sorted, float nms, std::vector<Detection>& kept) {
  while (!sorted.empty()) {
    const Detection best = sorted.front();
    kept.push_back(best);
    sorted.erase(sorted.begin());
    // "Not below" rather than "at least", so that an IoU of inf / inf also removes the box.
    std::erase_if(sorted, [&](const Detection& other) { return !(pixel_iou(best.box, other.box) < nms); });
  }
}

} // namespace

std::vector<Detection> select_people_once(std::span<const std::vector<YoloOutput>> images, float conf, float nms, int person) {
  std::vector<Detection> kept;
  for (std::size_t image = 0; image < images.size(); ++image) {
    std::vector<Detection> people;
    for (const YoloOutput& rows : images[image]) append_people(rows, int(image), conf, person, people);
    std::stable_sort(people.begin(), people.end(), [](const Detection& a, const Detection& b) { return a.objectness > b.objectness; });
    suppress(std::move(people), nms, kept);
  }
  return kept;
}

std::vector<Detection> select_people(std::span<const std::vector<YoloOutput>> images, const SelectOptions& options) {
  std::vector<Detection> people = select_people_once(images, options.conf, float(options.nms), options.person);
  if (people.size() <= kCrowd) return people;
  return select_people_once(images, options.conf, float(options.nms - kCrowdStep), options.person);
}

Box to_image(const Box& box, int h, int w, int inp_dim) {
  const float height = float(h), width = float(w), side = float(inp_dim);
  // Reciprocal, then product, with real-valued padding: up to half a pixel off the letterbox, as in the original.
  const float scale = std::min(1 / width * side, 1 / height * side);
  const float pad_x = (side - scale * width) / 2, pad_y = (side - scale * height) / 2;
  const Box mapped{(box.x1 - pad_x) / scale, (box.y1 - pad_y) / scale, (box.x2 - pad_x) / scale, (box.y2 - pad_y) / scale};
  return clip(mapped, h, w);
}

Box clip(const Box& box, int h, int w) {
  const float height = float(h), width = float(w);
  return {std::clamp(box.x1, 0.0f, width), std::clamp(box.y1, 0.0f, height), std::clamp(box.x2, 0.0f, width), std::clamp(box.y2, 0.0f, height)};
}

bool has_nan(const Box& box) {
  return std::isnan(box.x1) || std::isnan(box.y1) || std::isnan(box.x2) || std::isnan(box.y2);
}

} // namespace pose
