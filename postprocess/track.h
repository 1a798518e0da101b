// TrackState: what the tracker remembers of one person, and how well a person of a new frame fits.
// SPDX-License-Identifier: MIT
#pragma once

#include "postprocess/kalman.h"
#include "postprocess/observation.h"

namespace pose {

// What a correction changed, in pixels and pixels/s.
struct Correction {
  double dx = 0, dy = 0, dvx = 0, dvy = 0;
};

// Times are those of the tracker's StepClock.
class TrackState {
public:
  TrackState(const Person& person, const Observation& seen, const MotionModel& model, double now);

  // Moves to the next frame.
  void advance(const MotionStep& step);
  // Takes the person of this frame.  An unsure person moves the track less.
  Correction take(const Person& person, const Observation& seen, bool sure, double now);
  // Moves what is remembered: the camera moved.
  void shift(const Correction& by);

  // Returns how well a person fits, in [0, 1]: keypoints and boxes agree with the prediction.
  double similarity(const Observation& seen, double now) const;
  // Returns how well a person fits who comes back after the prediction has lost its meaning, in [0, 1]: near the way on which this one was lost, with
  // this one's size and proportions.
  double return_similarity(const Observation& seen, double now) const;
  // Returns how much a person has this one's size and pose, wherever it is.
  double look_similarity(const Observation& seen) const;

  Box box() const; // predicted
  Box box_after(const MotionStep& step) const;
  double size() const;
  double gap(double now) const { return now - seen_; }
  double seen() const { return seen_; }

  int id = 0;         // 0: none yet
  int hits = 1;       // frames with this person
  float evidence = 0; // sum of confidences
  float score = 0;    // confidence of the last one
  double doubted = 0; // time until which the person may be another one
  Person last;        // as seen last

private:
  double body_factor(const Observation& seen, double size_deviation) const;
  void take_size(const Observation& seen, double seconds);
  void take_pose(const Observation& seen, double dx, double dy, double seconds);

  MotionModel model_;
  Motion motion_;
  double width_, height_;
  Observation look_; // keypoints and scores moved along with the prediction, proportions
  Motion left_;      // as of the last frame with this person
  double seen_;      // time of that frame
};

} // namespace pose
