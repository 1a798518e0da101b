// Implements heatmap.h: argmax, quarter-pixel shift, the map back through the crop, the average of the flip test.
// SPDX-License-Identifier: MIT
#include "postprocess/heatmap.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

namespace pose {

namespace {

struct Argmax {
  int x = 0, y = 0;
  float value = 0;
};

// Returns the first maximum in row order.  A NaN counts as the largest value, as in torch.max: a broken map must not look like an empty one.
Argmax argmax(View<const float> heatmaps, int n, int joint) {
  Argmax best{0, 0, heatmaps.at(n, 0, 0, joint)};
  for (int y = 0; y < heatmaps.shape.h; ++y) {
    for (int x = 0; x < heatmaps.shape.w; ++x) {
      const float value = heatmaps.at(n, y, x, joint);
      if (std::isnan(value)) return {x, y, value};
      if (value > best.value) best = {x, y, value};
    }
  }
  return best;
}

// Returns a quarter of a pixel towards the higher neighbor.
float quarter(float higher_side, float lower_side) {
  const float difference = higher_side - lower_side;
  return 0.25f * float((difference > 0) - (difference < 0));
}

} // namespace

Peak find_peak(View<const float> heatmaps, int n, int joint, PeakRule rule) {
  const auto [x, y, value] = argmax(heatmaps, n, joint);
  Peak peak{{}, value};
  if (value > 0) peak.at = {float(x), float(y)};

  // On any border, neither coordinate moves.  A map without a positive value has its peak at (0, 0), which is on the border.
  const int last_x = heatmaps.shape.w - 1, last_y = heatmaps.shape.h - 1;
  if (value > 0 && rule.border < x && x < last_x && rule.border < y && y < last_y) {
    peak.at.x += quarter(heatmaps.at(n, y, x + 1, joint), heatmaps.at(n, y, x - 1, joint));
    peak.at.y += quarter(heatmaps.at(n, y + 1, x, joint), heatmaps.at(n, y - 1, x, joint));
  }
  peak.at.x += rule.offset;
  peak.at.y += rule.offset;
  return peak;
}

Peak decoded_peak(View<const float> keypoints, int n, int joint) {
  return {{keypoints.at(n, 0, 0, joint), keypoints.at(n, 0, 1, joint)}, keypoints.at(n, 0, 2, joint)};
}

Peak find_center(View<const float> heatmaps, int n, int joint) {
  const auto [h, w] = std::pair(heatmaps.shape.h, heatmaps.shape.w);
  double total = 0, along_x = 0, along_y = 0;
  float most = 0;
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      const float value = heatmaps.at(n, y, x, joint), share = 1 / (1 + std::exp(-value));
      total += share;
      along_x += double(share) * x;
      along_y += double(share) * y;
      if (std::isnan(share)) return {{share, share}, share};
      most = std::max(most, share);
    }
  }
  return {{float(along_x / total), float(along_y / total)}, most};
}

Point to_image(Point on_map, const CropBox& crop, int map_h, int map_w) {
  if (crop.region) {
    const Region& r = *crop.region;
    const double pixel = double(r.width) / map_w; // the heatmap's pixels are square
    const double x = (on_map.x - map_w * 0.5) * pixel, y = (on_map.y - map_h * 0.5) * pixel, c = std::cos(r.angle), s = std::sin(r.angle);
    return {float(r.center.x + (c * x - s * y)), float(r.center.y + (s * x + c * y))};
  }
  // The heatmap has the aspect ratio of the network input, so its sides replace the input's (1.25 and 0.8 of docs/spec.md, section 8).
  const float tall = float(double(map_h) / double(map_w)), wide = float(double(map_w) / double(map_h));
  const Point pt1 = crop.pt1, pt2 = crop.pt2;
  const Point center{(pt2.x - 1 - pt1.x) / 2, (pt2.y - 1 - pt1.y) / 2};
  const float length_h = std::max((pt2.x - pt1.x) * tall, pt2.y - pt1.y);
  const float length_w = length_h * wide;
  // The height scales both axes, since the heatmap's pixels are square.
  const float x = on_map.x * length_h / float(map_h), y = on_map.y * length_h / float(map_h);
  return {x - std::max((length_w - 1) / 2 - center.x, 0.0f) + pt1.x, y - std::max((length_h - 1) / 2 - center.y, 0.0f) + pt1.y};
}

void average_flipped(View<float> heatmaps, View<const float> of_mirrored, int n, const JointSet& set, bool shift) {
  const Shape& s = heatmaps.shape;
  assert(s.c >= int(set.size()) && of_mirrored.shape == s);
  for (int y = 0; y < s.h; ++y) {
    for (int x = 0; x < s.w; ++x) {
      const int from = s.w - 1 - (shift ? std::max(x - 1, 0) : x);
      for (std::size_t joint = 0; joint < set.size(); ++joint) {
        float& value = heatmaps.at(n, y, x, int(joint));
        value = (value + of_mirrored.at(n, y, from, set.mirrored[joint])) / 2;
      }
    }
  }
}

} // namespace pose
