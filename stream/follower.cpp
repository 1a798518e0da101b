// Implements follower.h.
// SPDX-License-Identifier: MIT
#include "stream/follower.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace pose {
namespace {

constexpr float kSure = 0.2f;        // a keypoint with a higher score takes part in the motion
constexpr int kFewest = 3;           // keypoints that a motion is computed from
constexpr float kClear = 0.4f;       // mean score of the keypoints from which on they tell a person's motion
constexpr float kMargin = 0.06f;     // around the keypoints, in sides of their bounding box: skin beyond the keypoints
constexpr float kStale = 0.6f;       // of the reference's mean score
constexpr float kLeastVisible = 4;   // pixels of a box inside the image
constexpr float kNewVelocity = 0.5f; // weight of the newest velocity
constexpr float kMostScale = 2;      // a larger change of size between two detections is not believed

float mean_score(const Person& person) {
  return std::accumulate(person.scores.begin(), person.scores.end(), 0.0f) / float(person.scores.size());
}

bool same(const Box& a, const Box& b) {
  return a.x1 == b.x1 && a.y1 == b.y1 && a.x2 == b.x2 && a.y2 == b.y2;
}

// The keypoints that both poses are sure of: their centers and their mean distances from them.
struct Pair {
  Point from, to;
  float from_size = 0, to_size = 0;
  int count = 0;
};

Pair compare(const Person& from, const Person& to) {
  Pair p;
  const auto each = [&](const auto& f) {
    for (std::size_t k = 0; k < from.scores.size() && k < to.scores.size(); k++) {
      if (from.scores[k] > kSure && to.scores[k] > kSure) f(from.joints[k], to.joints[k]);
    }
  };
  each([&](Point a, Point b) {
    p.from.x += a.x;
    p.from.y += a.y;
    p.to.x += b.x;
    p.to.y += b.y;
    p.count++;
  });
  if (p.count == 0) return p;
  const float n = float(p.count);
  p.from = {p.from.x / n, p.from.y / n};
  p.to = {p.to.x / n, p.to.y / n};
  each([&](Point a, Point b) {
    p.from_size += std::hypot(a.x - p.from.x, a.y - p.from.y) / n;
    p.to_size += std::hypot(b.x - p.to.x, b.y - p.to.y) / n;
  });
  return p;
}

// Returns the box of `from`, moved and scaled as the keypoints moved to `to`.
Box moved_box(const Person& from, const Person& to) {
  const Pair p = compare(from, to);
  if (p.count < kFewest || !(p.from_size > 0)) return to.box;
  const float scale = std::clamp(p.to_size / p.from_size, 1 / kMostScale, kMostScale);
  const auto move = [&](float v, float a, float b) { return b + (v - a) * scale; };
  return {move(from.box.x1, p.from.x, p.to.x), move(from.box.y1, p.from.y, p.to.y), move(from.box.x2, p.from.x, p.to.x),
          move(from.box.y2, p.from.y, p.to.y)};
}

// Returns the box, enlarged so that it holds the sure keypoints with a margin.
Box with_keypoints(Box box, const Person& person) {
  Box around{INFINITY, INFINITY, -INFINITY, -INFINITY};
  for (std::size_t k = 0; k < person.scores.size(); k++) {
    if (!(person.scores[k] > kSure)) continue;
    const Point p = person.joints[k];
    around = {std::min(around.x1, p.x), std::min(around.y1, p.y), std::max(around.x2, p.x), std::max(around.y2, p.y)};
  }
  if (!(around.x1 <= around.x2)) return box;
  const float dx = kMargin * (around.x2 - around.x1), dy = kMargin * (around.y2 - around.y1);
  return {std::min(box.x1, around.x1 - dx), std::min(box.y1, around.y1 - dy), std::max(box.x2, around.x2 + dx), std::max(box.y2, around.y2 + dy)};
}

} // namespace

// The keypoints of a person who is not seen clearly change more from frame to frame than the person moves: the box stays.
Box BoxFollower::followed_box(const Followed& f, double seconds) {
  if (!(mean_score(f.last) >= kClear)) return f.last.box;
  const Box box = with_keypoints(moved_box(f.reference, f.last), f.last);
  const float dt = float(seconds - f.seconds), dx = f.velocity.x * dt, dy = f.velocity.y * dt;
  return {box.x1 + dx, box.y1 + dy, box.x2 + dx, box.y2 + dy};
}

std::vector<PersonBox> BoxFollower::boxes_at(double seconds, int h, int w) {
  std::vector<PersonBox> boxes;
  for (Followed& f : people_) {
    const Box box = clip(followed_box(f, seconds), h, w);
    const bool visible = box.x2 - box.x1 >= kLeastVisible && box.y2 - box.y1 >= kLeastVisible; // NaN is not
    f.box = visible ? std::optional(box) : std::nullopt;
    if (visible) boxes.push_back({box, f.last.box_score});
  }
  return boxes;
}

const BoxFollower::Followed* BoxFollower::source_of(const Person& person) const {
  const auto at = std::find_if(people_.begin(), people_.end(), [&](const Followed& f) { return f.box && same(*f.box, person.box); });
  return at == people_.end() ? nullptr : &*at;
}

bool BoxFollower::is_stale(const FrameResult& result) const {
  const auto followed = std::count_if(people_.begin(), people_.end(), [](const Followed& f) { return f.box.has_value(); });
  if (std::ptrdiff_t(result.people.size()) < followed) return true;
  return std::any_of(result.people.begin(), result.people.end(), [&](const ResultPerson& p) {
    const Followed* source = source_of(p.person);
    return source == nullptr || !(mean_score(p.person) >= kStale * source->reference_score);
  });
}

BoxFollower::Followed BoxFollower::first_seen(const ResultPerson& person, double seconds) const {
  return {person.id, person.person, person.person, mean_score(person.person), {}, seconds, {}};
}

void BoxFollower::update(const FrameResult& result, double seconds) {
  std::vector<Followed> next;
  for (const ResultPerson& p : result.people) {
    Followed f = first_seen(p, seconds);
    const Followed* before = nullptr;
    if (!result.detected) {
      before = source_of(p.person);
    } else if (p.id != 0) {
      const auto at = std::find_if(people_.begin(), people_.end(), [&](const Followed& other) { return other.id == p.id; });
      if (at != people_.end()) before = &*at;
    }
    if (before != nullptr) {
      if (!result.detected) {
        f.reference = before->reference;
        f.reference_score = before->reference_score;
      }
      const Pair pair = compare(before->last, p.person);
      const float dt = float(seconds - before->seconds);
      if (pair.count >= kFewest && dt > 0) {
        const Point v{(pair.to.x - pair.from.x) / dt, (pair.to.y - pair.from.y) / dt};
        f.velocity = {before->velocity.x + kNewVelocity * (v.x - before->velocity.x), before->velocity.y + kNewVelocity * (v.y - before->velocity.y)};
      }
    }
    next.push_back(f);
  }
  people_ = std::move(next);
}

} // namespace pose
