// Implements pose_similarity.h: the measures of AlphaPose, for bodies and for bodies with faces and hands.
// SPDX-License-Identifier: MIT
#include "postprocess/pose_similarity.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace pose {

namespace {

using Values = PerJoint<float>;

constexpr float kDelta1 = 1;     // pixels within which two keypoints support each other by their scores
constexpr float kMatchLimit = 7; // pixels: largest matching distance

float largest_distance(const Candidate& p, const NmsRule& rule) {
  return std::min(reference_distance(p.box, rule), kMatchLimit);
}

float support(float a, float b) {
  return std::tanh(a / kDelta1) * std::tanh(b / kDelta1);
}

float similarity(const Candidate& p, const Candidate& q, const NmsRule& rule) {
  const std::size_t joints = p.joints.size();
  Values supports(joints), closeness(joints);
  for (std::size_t k = 0; k < joints; ++k) {
    const float d = distance(p.joints[k], q.joints[k]);
    if (d <= kDelta1) supports[k] = support(p.scores[k], q.scores[k]);
    closeness[k] = std::exp(-d / rule.delta2);
  }
  return torch_sum(supports) + rule.mu * torch_sum(closeness);
}

// Counts keypoints of p[first, last) that are within the limit.  Uses a quotient because a reference of 0 must match nothing: 0 / 0 is NaN.
int count_matches(const Candidate& p, const Candidate& q, std::size_t first, std::size_t last, float reference, float limit) {
  int count = 0;
  for (std::size_t k = first; k < last; ++k) count += distance(p.joints[k], q.joints[k]) / reference <= limit;
  return count;
}

// The parts of a whole body: keypoints from `first` to `last`, which are closer together in a hand than in a face.
struct Part {
  std::size_t first, last;
  float extent;                       // factor of distances
  float support_weight, close_weight; // in the similarity
};

std::array<Part, 3> parts_of(const JointSet& set) {
  const std::size_t hands = set.size() - set.hands, face = hands - set.face;
  return {{{0, face, 1, 1, 1}, {face, hands, 1.9f, 1, 1}, {hands, set.size(), 0.55f, 0.1f, 1.5f}}};
}

float mean_of(const Values& values, const Part& part) {
  const std::span<const float> some = std::span(values).subspan(part.first, part.last - part.first);
  Values copy(some.size());
  std::copy(some.begin(), some.end(), copy.begin());
  return torch_sum(copy) / float(some.size());
}

// As in the original, only keypoints with low scores support each other, and only those with high scores are close.
float whole_similarity(const Candidate& p, const Candidate& q, const NmsRule& rule) {
  const std::size_t joints = p.joints.size();
  Values supports(joints), closeness(joints);
  const std::array<Part, 3> parts = parts_of(*p.set);
  for (const Part& part : parts) {
    for (std::size_t k = part.first; k < part.last; ++k) {
      const float d = distance(p.joints[k], q.joints[k]);
      const bool low = q.scores[k] < rule.min_score;
      if (low && d <= kDelta1) supports[k] = support(p.scores[k], q.scores[k]);
      if (!low) closeness[k] = std::exp(-d / (rule.delta2 * part.extent));
    }
  }
  float support_sum = 0, close_sum = 0;
  for (const Part& part : parts) {
    support_sum += mean_of(supports, part) * part.support_weight;
    close_sum += mean_of(closeness, part) * part.close_weight;
  }
  return support_sum + rule.mu * close_sum;
}

// Returns the matches for each keypoint of p that is seen, times the number of keypoints.  The original divides by the number of candidates, too.
float whole_matches(const Candidate& p, const Candidate& q, std::size_t remaining, const NmsRule& rule) {
  const auto seen = std::count_if(p.scores.begin(), p.scores.end(), [&](float s) { return s > rule.min_score / 2; });
  if (seen == 0) return 0;
  int matches = 0;
  for (const Part& part : parts_of(*p.set)) matches += count_matches(p, q, part.first, part.last, largest_distance(p, rule), part.extent);
  return float(matches) / (2 * float(remaining) * float(seen)) / 2 * float(p.joints.size());
}

} // namespace

float distance(Point a, Point b) {
  const float dx = a.x - b.x, dy = a.y - b.y;
  return std::sqrt(dx * dx + dy * dy);
}

// Four rows of 8 lanes are added at once, then the rows that are left, then the elements that fill no row, then the lanes.  Of 17 elements these are
// the 17th, then the sums of the elements k and k + 8.
float torch_sum(const Values& values) {
  constexpr std::size_t kWidth = 8, kRows = 4;
  const std::size_t rows = values.size() / kWidth;
  std::array<std::array<float, kWidth>, kRows> lanes{};
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t to = row < rows / kRows * kRows ? row % kRows : 0;
    for (std::size_t k = 0; k < kWidth; ++k) lanes[to][k] += values[row * kWidth + k];
  }
  for (std::size_t row = 1; row < kRows; ++row) {
    for (std::size_t k = 0; k < kWidth; ++k) lanes[0][k] += lanes[row][k];
  }
  float total = 0;
  for (std::size_t k = rows * kWidth; k < values.size(); ++k) total += values[k];
  for (float lane : lanes[0]) total += lane;
  return total;
}

float reference_distance(const Box& box, const NmsRule& rule) {
  return rule.reference * std::max(box.x2 - box.x1, box.y2 - box.y1);
}

bool is_same_person(const Candidate& p, const Candidate& q, std::size_t remaining, const NmsRule& rule) {
  if (rule.whole_body) return whole_similarity(p, q, rule) > rule.gamma || whole_matches(p, q, remaining, rule) >= rule.matches;
  return similarity(p, q, rule) > rule.gamma || float(count_matches(p, q, 0, p.joints.size(), largest_distance(p, rule), 1)) >= rule.matches;
}

} // namespace pose
