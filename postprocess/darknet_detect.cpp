// Implements darknet_detect.h: thresholds, the map back through the letterbox, per-class NMS.
// SPDX-License-Identifier: MIT
#include "postprocess/darknet_detect.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace pose {

namespace {

// One axis of the letterbox.  The image's `size` pixels fill `filled` of the network's `net` pixels; the rest is padding on both sides.
struct Axis {
  int net, filled, size;

  // correct_yolo_boxes works with fractions of the sides.  It takes half the padding as a real number, although the image was placed at a whole
  // pixel.
  float center(float at_net) const {
    const double fraction = (double(at_net / float(net)) - double(net - filled) / 2.0 / net) / double(float(filled) / float(net));
    return float(fraction) * float(size);
  }
  float extent(float on_net) const { return on_net / float(net) * (float(net) / float(filled)) * float(size); }
};

Box box_of(const float* row, const Axis& x, const Axis& y) {
  const float cx = x.center(row[0]), cy = y.center(row[1]), half_w = x.extent(row[2]) / 2, half_h = y.extent(row[3]) / 2;
  return {cx - half_w, cy - half_h, cx + half_w, cy + half_h};
}

// Returns the IoU as box_iou of src/box.c: plain areas, without the "+ 1" of select_people.  It is NaN for two empty boxes, which are then both kept.
float iou(const Box& a, const Box& b) {
  const float w = std::min(a.x2, b.x2) - std::max(a.x1, b.x1);
  const float h = std::min(a.y2, b.y2) - std::max(a.y1, b.y1);
  const float inter = w < 0 || h < 0 ? 0 : w * h;
  return inter / ((a.x2 - a.x1) * (a.y2 - a.y1) + (b.x2 - b.x1) * (b.y2 - b.y1) - inter);
}

// Returns the overlap that NMS compares: the IoU, or the distance-IoU on boxes in fractions of an image of h x w pixels (box_diounms of src/box.c).
float overlap(const Box& a, const Box& b, float beta, int h, int w) {
  const float of_areas = iou(a, b);
  if (beta == 0) return of_areas;
  const auto squares = [&](float x, float y) { return x / float(w) * (x / float(w)) + y / float(h) * (y / float(h)); };
  const float c = squares(std::max(a.x2, b.x2) - std::min(a.x1, b.x1), std::max(a.y2, b.y2) - std::min(a.y1, b.y1));
  const float d = squares((a.x1 + a.x2 - b.x1 - b.x2) / 2, (a.y1 + a.y2 - b.y1 - b.y2) / 2);
  return c == 0 ? of_areas : of_areas - std::pow(d / c, beta);
}

// Returns one entry for each class whose score exceeds the threshold, so a box may have several classes.
std::vector<ClassBox> candidates(std::span<const YoloOutput> heads, const Axis& x, const Axis& y, const DarknetOptions& options) {
  const float thresh = options.thresh;
  std::vector<ClassBox> found;
  for (const YoloOutput& rows : heads) {
    assert(rows.count == 0 || rows.classes() > 0);
    for (int i = 0; i < rows.count; ++i) {
      const float* row = rows.row(i);
      const float objectness = row[YoloOutput::kObjectness];
      if (!(objectness > thresh)) continue;
      const Box box = box_of(row, x, y);
      if (has_nan(box)) continue;
      if (options.tree != nullptr) {
        found.push_back({box, options.tree->top_class(row + YoloOutput::kFirstClass), objectness});
        continue;
      }
      for (int cls = 0; cls < rows.classes(); ++cls) {
        const float score = objectness * row[YoloOutput::kFirstClass + cls];
        if (score > thresh) found.push_back({box, cls, score});
      }
    }
  }
  return found;
}

} // namespace

std::vector<ClassBox> darknet_detections(std::span<const YoloOutput> heads, const LetterboxGeometry& geometry, int net_h, int net_w, int h, int w,
                                         const DarknetOptions& options) {
  std::vector<ClassBox> found = candidates(heads, {net_w, geometry.new_w, w}, {net_h, geometry.new_h, h}, options);
  std::stable_sort(found.begin(), found.end(), [](const ClassBox& a, const ClassBox& b) { return a.score > b.score; });

  // Sorted over all classes implies sorted within each class, so one pass handles all classes.
  std::vector<ClassBox> kept;
  for (const ClassBox& box : found) {
    const auto hides = [&](const ClassBox& better) {
      return better.cls == box.cls && overlap(better.box, box.box, options.diou_beta, h, w) > options.nms;
    };
    if (std::none_of(kept.begin(), kept.end(), hides)) kept.push_back(box);
  }
  for (ClassBox& box : kept) box.box = clip(box.box, h, w);
  return kept;
}

} // namespace pose
