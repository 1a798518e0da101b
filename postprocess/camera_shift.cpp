// Implements camera_shift.h: a vote on a jump, and the median of small corrections.
// SPDX-License-Identifier: MIT
#include "postprocess/camera_shift.h"

#include <algorithm>
#include <cmath>

namespace pose {

namespace {

constexpr std::size_t kVoters = 16;  // tracks that vote: enough to agree, and the vote's time is bounded
constexpr double kLook = 0.5;        // look_similarity of a pair that votes
constexpr double kVoteRadius = 0.25; // sizes within which two votes agree
constexpr std::size_t kFewestVotes = 3;
constexpr double kVoteShare = 0.6; // ... and this share of those who can agree
constexpr double kJumpSpeed = 0.5; // share of a jump that is expected again in the next frame: the camera may pan on, or have been pushed once

constexpr std::size_t kFewestCorrections = 3;
constexpr double kSmallest = 0.03; // sizes: a smaller common motion is noise
constexpr double kRadius = 0.1;    // sizes within which corrections agree
constexpr double kAgreeing = 0.7;  // share of the corrections that must agree

struct Vote {
  std::size_t track = 0;
  double dx = 0, dy = 0;
};

bool agree(const Vote& a, const Vote& b, double radius) {
  return std::hypot(a.dx - b.dx, a.dy - b.dy) < radius;
}

std::vector<Vote> votes_of(const std::vector<const TrackState*>& voters, const std::vector<std::optional<Observation>>& people) {
  std::vector<Vote> votes; // in the order of tracks
  for (std::size_t t = 0; t < voters.size(); ++t) {
    const Box at = voters[t]->box();
    for (const std::optional<Observation>& seen : people) {
      if (!seen || voters[t]->look_similarity(*seen) < kLook) continue;
      votes.push_back({t, seen->x() - (double(at.x1) + at.x2) / 2, seen->y() - (double(at.y1) + at.y2) / 2});
    }
  }
  return votes;
}

// Counts the tracks that have a vote near this one.
std::size_t supporters(const std::vector<Vote>& votes, const Vote& vote, double radius) {
  std::size_t count = 0, last = kVoters;
  for (const Vote& other : votes) {
    if (other.track == last || !agree(vote, other, radius)) continue;
    last = other.track;
    ++count;
  }
  return count;
}

} // namespace

double median(std::vector<double> values) {
  const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::optional<Correction> common_jump(const std::vector<const TrackState*>& visible, const std::vector<std::optional<Observation>>& people,
                                      double step) {
  const std::vector<const TrackState*> voters(visible.begin(), visible.begin() + std::ptrdiff_t(std::min(visible.size(), kVoters)));
  const std::vector<Vote> votes = votes_of(voters, people);
  if (votes.empty()) return std::nullopt;
  std::vector<double> sizes;
  for (const TrackState* track : voters) sizes.push_back(track->size());
  const double radius = kVoteRadius * median(sizes);

  const Vote* best = nullptr;
  std::size_t most = 0;
  for (const Vote& vote : votes) {
    const std::size_t count = supporters(votes, vote, radius);
    if (count > most) {
      most = count;
      best = &vote;
    }
  }
  if (most < kFewestVotes || double(most) < kVoteShare * double(std::min(voters.size(), people.size()))) return std::nullopt;
  std::vector<double> dx, dy;
  for (const Vote& vote : votes) {
    if (!agree(*best, vote, radius)) continue;
    dx.push_back(vote.dx);
    dy.push_back(vote.dy);
  }
  const double x = median(dx), y = median(dy), rate = step > 0 ? kJumpSpeed / step : 0;
  return Correction{x, y, x * rate, y * rate};
}

std::optional<Correction> common_correction(std::span<const Correction> corrections, double size) {
  if (corrections.size() < kFewestCorrections) return std::nullopt;
  const auto middle = [&](double Correction::*field) {
    std::vector<double> values;
    for (const Correction& c : corrections) values.push_back(c.*field);
    return median(std::move(values));
  };
  const Correction common{middle(&Correction::dx), middle(&Correction::dy), middle(&Correction::dvx), middle(&Correction::dvy)};
  const auto near = [&](const Correction& c) { return std::hypot(c.dx - common.dx, c.dy - common.dy) < kRadius * size; };
  const auto agreeing = std::count_if(corrections.begin(), corrections.end(), near);
  if (std::hypot(common.dx, common.dy) < kSmallest * size || double(agreeing) < kAgreeing * double(corrections.size())) return std::nullopt;
  return common;
}

} // namespace pose
