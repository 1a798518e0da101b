// Implements observation.h: cleans people, and compares boxes and poses.
// SPDX-License-Identifier: MIT
#include "postprocess/observation.h"

#include <algorithm>
#include <cmath>

namespace pose {

namespace {

constexpr float kFar = 1 << 20;    // pixels; farther values are no place in any image
constexpr float kClear = 0.6f;     // score from which on a keypoint is measured for proportions
constexpr double kFewPixels = 4.0; // pixels: a shorter torso is no unit of length

bool is_place(float v) {
  return std::fabs(v) < kFar; // false for NaN
}

bool has_area(const Box& box) {
  return is_place(box.x1) && is_place(box.y1) && is_place(box.x2) && is_place(box.y2) && box.x2 - box.x1 >= 1 && box.y2 - box.y1 >= 1;
}

Box extent(const Observation& o) {
  Box box{kFar, kFar, -kFar, -kFar};
  for (std::size_t k = 0; k < o.joints.size(); ++k) {
    if (o.scores[k] < kSeen) continue;
    box = {std::min(box.x1, o.joints[k].x), std::min(box.y1, o.joints[k].y), std::max(box.x2, o.joints[k].x), std::max(box.y2, o.joints[k].y)};
  }
  return box;
}

double length(Point a, Point b) {
  return std::hypot(double(a.x) - b.x, double(a.y) - b.y);
}

Point middle(Point a, Point b) {
  return {(a.x + b.x) / 2, (a.y + b.y) / 2};
}

// COCO's keypoints of a person, whatever its set.  Those that the set lacks have the score 0.
struct CocoKeypoints {
  std::array<Point, kJoints> joints{};
  std::array<float, kJoints> scores{};
};

CocoKeypoints coco_of(const Observation& o) {
  CocoKeypoints c;
  for (std::size_t k = 0; k < kJoints; ++k) {
    if (o.set->coco[k] < 0) continue;
    c.joints[k] = o.joints[std::size_t(o.set->coco[k])];
    c.scores[k] = o.scores[std::size_t(o.set->coco[k])];
  }
  return c;
}

// Returns the length of a limb from keypoint a over b to c, the longer one of left (this) and right (each + 1): the other may be foreshortened.
std::optional<double> limb(const CocoKeypoints& o, std::size_t a, std::size_t b, std::size_t c) {
  std::optional<double> longest;
  for (std::size_t side = 0; side < 2; ++side) {
    if (std::min({o.scores[a + side], o.scores[b + side], o.scores[c + side]}) < kClear) continue;
    const double l = length(o.joints[a + side], o.joints[b + side]) + length(o.joints[b + side], o.joints[c + side]);
    if (!longest || l > *longest) longest = l;
  }
  return longest;
}

Proportions proportions(const CocoKeypoints& o) {
  constexpr std::size_t kShoulder = kLeftShoulder, kElbow = 7, kWrist = 9, kHip = 11, kKnee = 13, kAnkle = 15;
  if (std::min({o.scores[kShoulder], o.scores[kShoulder + 1], o.scores[kHip], o.scores[kHip + 1]}) < kClear) return {};
  const double torso = length(middle(o.joints[kShoulder], o.joints[kShoulder + 1]), middle(o.joints[kHip], o.joints[kHip + 1]));
  if (torso < kFewPixels) return {};
  const auto ratio = [torso](std::optional<double> l) { return l && *l > 0 ? std::optional(std::log(*l / torso)) : std::nullopt; };
  return {std::log(torso), ratio(limb(o, kHip, kKnee, kAnkle)), ratio(limb(o, kShoulder, kElbow, kWrist))};
}

} // namespace

std::optional<Observation> observe(const Person& person) {
  Observation o = of_set<Observation>(person.set);
  float sum = 0;
  for (std::size_t k = 0; k < person.joints.size(); ++k) {
    if (!is_place(person.joints[k].x) || !is_place(person.joints[k].y) || !(person.scores[k] > 0)) continue;
    o.joints[k] = person.joints[k];
    o.scores[k] = std::min(person.scores[k], 1.0f);
    sum += o.scores[k];
  }
  o.box = has_area(person.box) ? person.box : extent(o);
  if (!has_area(o.box)) return std::nullopt;
  const float keypoints = sum / float(person.joints.size());
  o.confidence = person.box_score > 0 ? (keypoints + std::min(person.box_score, 1.0f)) / 2 : keypoints;
  o.body = proportions(coco_of(o));
  return o;
}

double size_of(double width, double height) {
  constexpr double kSlim = 0.4; // width of an upright person, in heights
  return std::sqrt(std::max(width, kSlim * height) * std::max(height, kSlim * width));
}

double size_of(const Box& box) {
  return size_of(double(box.x2) - box.x1, double(box.y2) - box.y1);
}

double overlap(const Box& a, const Box& b, double margin) {
  const double w = std::min(double(a.x2), double(b.x2)) - std::max(double(a.x1), double(b.x1)) + 2 * margin;
  const double h = std::min(double(a.y2), double(b.y2)) - std::max(double(a.y1), double(b.y1)) + 2 * margin;
  if (w <= 0 || h <= 0) return 0;
  const auto area = [margin](const Box& box) { return (double(box.x2) - box.x1 + 2 * margin) * (double(box.y2) - box.y1 + 2 * margin); };
  return w * h / (area(a) + area(b) - w * h);
}

std::optional<double> keypoint_similarity(const Observation& a, const Observation& b, double size, double spread) {
  if (a.joints.size() != b.joints.size()) return std::nullopt;
  int count = 0;
  float sum = 0, weights = 0;
  for (std::size_t k = 0; k < a.joints.size(); ++k) {
    const float weight = std::min(a.scores[k], b.scores[k]);
    if (weight < kSeen) continue;
    const float dx = a.joints[k].x - b.joints[k].x, dy = a.joints[k].y - b.joints[k].y;
    const double width = size * 2 * a.set->sigmas[k];
    const float variance = float(width * width + spread * spread);
    sum += weight * std::exp(-(dx * dx + dy * dy) / (2 * variance));
    weights += weight;
    ++count;
  }
  if (count < kFewestKeypoints) return std::nullopt;
  return double(sum / weights);
}

} // namespace pose
