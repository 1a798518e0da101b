// Synthetic people for tests of tracking and smoothing: skeletons that walk, with noise from a fixed generator.
// SPDX-License-Identifier: MIT
#pragma once

#include "postprocess/pose_nms.h"

#include <cmath>
#include <cstdint>
#include <numbers>

namespace pose::testing {

constexpr double kFrame = 0.04; // s, from one frame to the next

// Gives the same numbers with every standard library (xorshift, Marsaglia 2003).
class Random {
public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15u + 1) {}

  double uniform() { // in [0, 1)
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return double(state_ >> 11) * 0x1p-53;
  }
  double uniform(double from, double to) { return from + (to - from) * uniform(); }
  // Returns a sum of twelve uniform numbers: mean 0, deviation 1.
  double gauss() {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += uniform();
    return sum;
  }

private:
  std::uint64_t state_;
};

// Where a person is: the center of the box, the height in pixels, and the phase of the walk in radians.
struct Walker {
  double x = 0, y = 0, height = 100, phase = 0;
};

inline constexpr double kWalkerWidth = 0.4; // of the box, in heights

// Returns the person with all keypoint scores and the box's score equal to `score`.
inline Person person_at(const Walker& w, float score = 0.8f) {
  // Places in heights, from the top and from the middle, and how far the walk swings them.
  struct Part {
    double down, side, swing;
  };
  constexpr std::array<Part, kJoints> kParts = {{{0.07, 0, 0},
                                                 {0.055, 0.015, 0},
                                                 {0.055, -0.015, 0},
                                                 {0.065, 0.035, 0},
                                                 {0.065, -0.035, 0},
                                                 {0.18, 0.11, 0},
                                                 {0.18, -0.11, 0},
                                                 {0.34, 0.13, 0.04},
                                                 {0.34, -0.13, -0.04},
                                                 {0.48, 0.13, 0.1},
                                                 {0.48, -0.13, -0.1},
                                                 {0.52, 0.07, 0},
                                                 {0.52, -0.07, 0},
                                                 {0.74, 0.07, -0.06},
                                                 {0.74, -0.07, 0.06},
                                                 {0.96, 0.07, -0.12},
                                                 {0.96, -0.07, 0.12}}};
  Person person;
  const double top = w.y - w.height / 2, half = kWalkerWidth * w.height / 2;
  for (std::size_t k = 0; k < kJoints; ++k) {
    const Part& part = kParts[k];
    person.joints[k] = {float(w.x + w.height * (part.side + part.swing * std::sin(w.phase))), float(top + w.height * part.down)};
  }
  person.scores.fill(score);
  person.box = {float(w.x - half), float(top), float(w.x + half), float(top + w.height)};
  person.box_score = score;
  person.proposal_score = 2 * score + 1.25f * score;
  return person;
}

// Returns the size of a walker as tracker and smoother measure it.
inline double size_of(const Walker& w) {
  return w.height * std::sqrt(kWalkerWidth);
}

// Moves keypoints and box sides by independent noise; deviations in pixels.
inline void add_noise(Person& person, Random& random, double keypoints, double box) {
  const auto move = [&](float& v, double deviation) { v += float(deviation * random.gauss()); };
  for (Point& joint : person.joints) {
    move(joint.x, keypoints);
    move(joint.y, keypoints);
  }
  for (float* side : {&person.box.x1, &person.box.y1, &person.box.x2, &person.box.y2}) move(*side, box);
}

} // namespace pose::testing
