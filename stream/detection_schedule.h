// DetectionSchedule: in which frames of a stream the detector runs.
// SPDX-License-Identifier: MIT
#pragma once

#include <limits>

namespace pose {

// Every N frames, or as seldom as a frame rate needs.
class DetectionSchedule {
public:
  static constexpr int kAuto = 0;
  static constexpr int kMostAuto = 30; // frames without a detection, at most, that kAuto chooses

  // every: N >= 1, or kAuto, which keeps a frame rate of `rate` (> 0, 1/s).
  DetectionSchedule(int every, double rate) : every_(every), rate_(rate) {}

  void set_rate(double rate) { rate_ = rate; }

  // Returns whether the next frame is due.
  bool due() const { return since_ >= interval(); }
  // Returns whether every frame is due.
  bool always() const { return every_ == 1; }
  // Reports a frame: whether the detector ran, and the seconds that its computation took.
  void computed(bool detected, double seconds);
  // Returns the number of frames from one detection to the next.
  int interval() const;

private:
  int every_;
  double rate_;
  int since_ = std::numeric_limits<int>::max() / 2; // frames since the last detection; the first frame is due
  double with_ = 0, without_ = 0;                   // running means of the seconds of both kinds of frames; 0: none seen
};

} // namespace pose
