// Implements pose_nms.h: clusters the candidates that are the same person, and merges each cluster.
// SPDX-License-Identifier: MIT
#include "postprocess/pose_similarity.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

namespace pose {

namespace {

constexpr float kMergeLimit = 15;   // pixels: largest distance of keypoints that are merged
constexpr float kZeroScore = 1e-5f; // replaces a score of 0, so that weights never sum to 0

using Scores = PerJoint<float>;

float mean(const Scores& scores) {
  return torch_sum(scores) / float(scores.size());
}

bool is_weak(const Scores& scores, const NmsRule& rule) {
  return std::all_of(scores.begin(), scores.end(), [&](float s) { return s < rule.min_score; });
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
std::vector<Cluster> find_clusters(const std::vector<Candidate>& candidates, const NmsRule& rule) {
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
    const auto same = [&](std::size_t q) { return is_same_person(p, candidates[q], remaining.size(), rule); };
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
Person merge(const std::vector<Candidate>& candidates, const Cluster& cluster, const NmsRule& rule) {
  const Candidate& pick = candidates[cluster.pick];
  const float radius = std::min(reference_distance(pick.box, rule), kMergeLimit);
  Person person = of_set<Person>(pick.set);
  for (std::size_t k = 0; k < person.joints.size(); ++k) {
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

NmsRule master_nms(const JointSet& set, bool peaks) {
  NmsRule rule;
  rule.shift = 0;
  rule.whole_body = set.face > 0 && set.hands > 0;
  if (!rule.whole_body || peaks) return rule;
  rule.mu = 1.65f;
  rule.delta2 = 8;
  rule.gamma = 3.6f;
  rule.min_score = 0.01f;
  rule.matches = 3;
  rule.reference = 0.15f;
  return rule;
}

std::vector<Person> pose_nms(const std::vector<Candidate>& input, const NmsRule& rule) {
  std::vector<Candidate> candidates = input;
  for (Candidate& c : candidates) std::replace(c.scores.begin(), c.scores.end(), 0.0f, kZeroScore);

  std::vector<Person> people;
  for (const Cluster& cluster : find_clusters(candidates, rule)) {
    const Candidate& pick = candidates[cluster.pick];
    if (is_weak(pick.scores, rule)) continue;
    Person person = merge(candidates, cluster, rule);
    if (is_weak(person.scores, rule)) continue;
    for (Point& joint : person.joints) joint = {joint.x - rule.shift, joint.y - rule.shift};
    const float best = *std::max_element(person.scores.begin(), person.scores.end());
    person.proposal_score = mean(person.scores) + pick.box_score + 1.25f * best;
    person.box = pick.box;
    person.world = pick.world;
    person.box_score = pick.box_score;
    people.push_back(person);
  }
  return people;
}

} // namespace pose
