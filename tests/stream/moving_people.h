// Simulated people who move, and an engine that sees them without a network.
// SPDX-License-Identifier: MIT
#pragma once

#include "pose/engine.h"

#include <cmath>
#include <functional>
#include <vector>

namespace pose::testing {

// A person of 17 keypoints in a box of 40 x 120 pixels, whose upper left corner is `at`.
inline Candidate person_at(Point at, float score = 0.8f) {
  Candidate c;
  c.box = {at.x, at.y, at.x + 40, at.y + 120};
  c.box_score = 0.9f;
  for (std::size_t k = 0; k < kJoints; k++) {
    c.joints[k] = {at.x + 5 + 30 * float(k % 2), at.y + 5 + 110 * float(k) / (kJoints - 1)};
    c.scores[k] = score;
  }
  return c;
}

inline float overlap(const Box& a, const Box& b) {
  const float w = std::min(a.x2, b.x2) - std::max(a.x1, b.x1), h = std::min(a.y2, b.y2) - std::max(a.y1, b.y1);
  const auto area = [](const Box& box) { return (box.x2 - box.x1) * (box.y2 - box.y1); };
  return w > 0 && h > 0 ? w * h / (area(a) + area(b) - w * h) : 0;
}

// Sees the people of `scene`.  A box that overlaps one of them by half gives that person's keypoints; another box gives keypoints of score 0.01.
class SimulatedEngine : public Engine {
public:
  SimulatedEngine() : Engine(1) {}

  std::vector<Candidate> scene;
  int detections = 0;

  void prepare(Frame& frame) override {
    if (frame.image.w < 2) fail("image of {} x {} pixels is too thin", frame.image.w, frame.image.h);
  }
  void infer(std::span<Frame* const> frames) override {
    for (Frame* frame : frames) {
      if (!frame->detect) continue;
      detections++;
      frame->boxes.clear();
      for (const Candidate& c : scene) frame->boxes.push_back({c.box, c.box_score});
    }
  }
  void collect(Frame& frame) override {
    frame.candidates.clear();
    for (const PersonBox& b : frame.boxes) frame.candidates.push_back(seen_in(b));
    frame.people = pose_nms(frame.candidates);
  }

private:
  Candidate seen_in(const PersonBox& b) const {
    Candidate c = person_at({b.box.x1, b.box.y1}, 0.01f);
    for (const Candidate& truth : scene) {
      if (overlap(truth.box, b.box) > 0.5f) c = truth;
    }
    c.box = b.box;
    c.box_score = b.score;
    return c;
  }
};

} // namespace pose::testing
