// Implements landmarks.h, after the graph pose_landmark_cpu of MediaPipe 0.10.
// SPDX-License-Identifier: MIT
#include "postprocess/landmarks.h"

#include "postprocess/person.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace pose {

namespace {

constexpr float kAround = 1.25f;  // side of a region, in sides of the box and in diameters of the circle
constexpr float kLeastRadius = 1; // pixels of the image; a smaller circle is no person

double logistic_of(float value) {
  return 1 / (1 + std::exp(-double(value)));
}

// Returns landmark k in the image.
Point place_of(const LandmarkOutputs& outputs, int n, std::size_t k, const CropBox& crop, int input_h, int input_w) {
  const int at = int(k) * kLandmarkValues;
  return to_image({outputs.places.at(n, 0, 0, at), outputs.places.at(n, 0, 0, at + 1)}, crop, input_h, input_w);
}

} // namespace

Region region_around(const Box& box) {
  const float side = std::max(box.x2 - box.x1, box.y2 - box.y1) * kAround;
  return {{(box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2}, side, side};
}

Region aligned_region(const LandmarkOutputs& outputs, int n, const Region& region, int input_h, int input_w, const JointSet& set) {
  const CropBox crop = crop_of(region);
  const Point hips = place_of(outputs, n, set.size(), crop, input_h, input_w), top = place_of(outputs, n, set.size() + 1, crop, input_h, input_w);
  const float dx = top.x - hips.x, dy = top.y - hips.y, radius = std::hypot(dx, dy);
  if (!(radius >= kLeastRadius) || !std::isfinite(radius)) return region;
  const float side = 2 * radius * kAround;
  return {hips, side, side, float(std::remainder(std::numbers::pi / 2 - std::atan2(-double(dy), double(dx)), 2 * std::numbers::pi))};
}

Candidate landmarks_of(const LandmarkOutputs& outputs, int n, const CropBox& crop, int input_h, int input_w, const JointSetRef& set) {
  Candidate candidate = of_set<Candidate>(set);
  const double person = outputs.presence.at(n, 0, 0, 0), angle = crop.region->angle, c = std::cos(angle), s = std::sin(angle);
  for (std::size_t k = 0; k < set->size(); ++k) {
    candidate.joints[k] = place_of(outputs, n, k, crop, input_h, input_w);
    candidate.scores[k] = float(person * logistic_of(outputs.places.at(n, 0, 0, int(k) * kLandmarkValues + 3)));
    const auto world = [&](int axis) { return outputs.world.at(n, 0, 0, 3 * int(k) + axis); };
    candidate.world.push_back({float(c * world(0) - s * world(1)), float(s * world(0) + c * world(1)), world(2)});
  }
  return candidate;
}

} // namespace pose
