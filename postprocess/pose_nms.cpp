// Implements pose_nms.h: clusters the candidates that are the same person, and merges each cluster.
// SPDX-License-Identifier: MIT
#include "postprocess/pose_nms.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

namespace pose {

namespace {

// Parameters of the paper, as trained for COCO (docs/spec.md, section 9).
constexpr float kDelta1 = 1;        // pixels within which two keypoints support each other by their scores
constexpr float kDelta2 = 2.65f;    // decay of the distance term, pixels
constexpr float kMu = 1.7f;         // weight of the distance term
constexpr float kGamma = 22.48f;    // similarity above which a pose is the same person
constexpr int kMatches = 5;         // ... or with this many matching keypoints
constexpr float kMinScore = 0.3f;   // a person has at least one keypoint with this score
constexpr float kReference = 0.1f;  // matching distance as a fraction of the box's longer side, ...
constexpr float kMatchLimit = 7;    // ... limited for the matching test
constexpr float kMergeLimit = 15;   // ... and limited for merging
constexpr float kZeroScore = 1e-5f; // replaces a score of 0, so that weights never sum to 0
constexpr float kShift = 0.3f;      // subtracted from every coordinate at the end

using Scores = std::array<float, kJoints>; // or any other value for each keypoint

float distance(Point a, Point b) {
  const float dx = a.x - b.x, dy = a.y - b.y;
  return std::sqrt(dx * dx + dy * dy);
}

// Adds in the order of torch's 8-lane kernel: the 17th element, then the sums of the elements k and k + 8.  So the last bit, and with it the JSON,
// equals the original's.
float torch_sum(const Scores& s) {
  constexpr std::size_t kWidth = 8;
  float total = s[2 * kWidth];
  for (std::size_t k = 0; k < kWidth; ++k) total += s[k] + s[k + kWidth];
  return total;
}

float mean(const Scores& scores) {
  return torch_sum(scores) / float(kJoints);
}

// Returns one tenth of the detector box's longer side.
float reference_distance(const Box& box) {
  return kReference * std::max(box.x2 - box.x1, box.y2 - box.y1);
}

float similarity(const Candidate& p, const Candidate& q) {
  Scores support{}, closeness{};
  for (std::size_t k = 0; k < kJoints; ++k) {
    const float d = distance(p.joints[k], q.joints[k]);
    if (d <= kDelta1) support[k] = std::tanh(p.scores[k] / kDelta1) * std::tanh(q.scores[k] / kDelta1);
    closeness[k] = std::exp(-d / kDelta2);
  }
  return torch_sum(support) + kMu * torch_sum(closeness);
}

// Counts keypoints that are within the limit.  Uses a quotient because a reference of 0 must match nothing: 0 / 0 is NaN.
int matching_joints(const Candidate& p, const Candidate& q, float reference) {
  const float limit = std::min(reference, kMatchLimit);
  int count = 0;
  for (std::size_t k = 0; k < kJoints; ++k) count += distance(p.joints[k], q.joints[k]) / limit <= 1;
  return count;
}

bool is_weak(const Scores& scores) {
  return std::all_of(scores.begin(), scores.end(), [](float s) { return s < kMinScore; });
}

// Compares in torch.argmax's order, in which NaN is the largest number.
bool exceeds(float a, float b) {
  return a > b || (std::isnan(a) && !std::isnan(b));
}

// A candidate and all candidates that it suppresses, itself included, in input order.
struct Cluster {
  std::size_t pick = 0;
  std::vector<std::size_t> members;
};

// Clusters greedily.  The remaining candidate with the best mean score (the first on ties) picks, and removes all candidates that are the same
// person.
std::vector<Cluster> find_clusters(const std::vector<Candidate>& candidates) {
  std::vector<float> means;
  for (const Candidate& c : candidates) means.push_back(mean(c.scores));
  std::vector<std::size_t> remaining(candidates.size());
  std::iota(remaining.begin(), remaining.end(), std::size_t(0));

  std::vector<Cluster> clusters;
  while (!remaining.empty()) {
    std::size_t pick = remaining.front();
    for (std::size_t q : remaining) {
      if (exceeds(means[q], means[pick])) pick = q;
    }
    const Candidate& p = candidates[pick];
    const float reference = reference_distance(p.box);
    const auto same = [&](std::size_t q) {
      return similarity(p, candidates[q]) > kGamma || matching_joints(p, candidates[q], reference) >= kMatches;
    };
    Cluster cluster{pick, {}};
    std::copy_if(remaining.begin(), remaining.end(), std::back_inserter(cluster.members), same);
    if (cluster.members.empty()) cluster.members = {pick}; // NaN coordinates are not even similar to themselves
    std::erase_if(remaining, [&](std::size_t q) { return std::binary_search(cluster.members.begin(), cluster.members.end(), q); });
    clusters.push_back(std::move(cluster));
  }
  return clusters;
}

// Merges a cluster: the score-weighted mean over the members whose keypoint is near the pick's.  Far members have weight 0 but stay in the sum.  So a
// NaN among them shows in the result, as in the original.
Person merge(const std::vector<Candidate>& candidates, const Cluster& cluster) {
  const Candidate& pick = candidates[cluster.pick];
  const float radius = std::min(reference_distance(pick.box), kMergeLimit);
  Person person;
  for (std::size_t k = 0; k < kJoints; ++k) {
    const auto weight = [&](std::size_t q) {
      return (distance(pick.joints[k], candidates[q].joints[k]) <= radius ? 1.0f : 0.0f) * candidates[q].scores[k];
    };
    float total = 0;
    for (std::size_t q : cluster.members) total += weight(q);
    for (std::size_t q : cluster.members) {
      const float share = weight(q) / total;
      person.joints[k].x += candidates[q].joints[k].x * share;
      person.joints[k].y += candidates[q].joints[k].y * share;
      person.scores[k] += weight(q) * share;
    }
  }
  return person;
}

} // namespace

std::vector<Person> pose_nms(const std::vector<Candidate>& input) {
  std::vector<Candidate> candidates = input;
  for (Candidate& c : candidates) std::replace(c.scores.begin(), c.scores.end(), 0.0f, kZeroScore);

  std::vector<Person> people;
  for (const Cluster& cluster : find_clusters(candidates)) {
    const Candidate& pick = candidates[cluster.pick];
    if (is_weak(pick.scores)) continue;
    Person person = merge(candidates, cluster);
    if (is_weak(person.scores)) continue;
    for (Point& joint : person.joints) joint = {joint.x - kShift, joint.y - kShift};
    const float best = *std::max_element(person.scores.begin(), person.scores.end());
    person.proposal_score = mean(person.scores) + pick.box_score + 1.25f * best;
    person.box = pick.box;
    person.box_score = pick.box_score;
    people.push_back(person);
  }
  return people;
}

} // namespace pose
