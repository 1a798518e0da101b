// Smoother: steadies the keypoints of tracked people.
// SPDX-License-Identifier: MIT
#pragma once

#include "postprocess/observation.h"
#include "postprocess/step_clock.h"

#include <span>
#include <unordered_map>

namespace pose {

// Lengths are in spreads of the keypoint: the deviation of its place as people label it, a share of the person's size (JointSet::sigmas).  So a
// person twice as large in the image is smoothed alike, and a hip, whose place is less exact, more than an eye.  A wrist's spread is 0.062 sizes,
// about 7 cm.
struct SmoothOptions {
  double min_cutoff = 1.0;   // Hz: cutoff for a keypoint at rest
  double rest = 6;           // spreads/s: the speed that noise alone shows
  double beta = 0.35;        // Hz per spread/s: a keypoint that is faster than `rest` is smoothed less
  double speed_cutoff = 1.5; // Hz: cutoff of the speed
  float low = 0.1f;          // a keypoint with this score or less does not move the filter, ...
  float full = 0.4f;         // ... one with this score moves it fully, with a linear share in between
  double gap = 0.5;          // s: the filter of a keypoint that is not seen for longer starts again
};

// Filters each keypoint of each person with a One-Euro filter (Casiez et al. 2012): a low-pass filter whose cutoff grows with the speed.  Time steps
// may vary.  A keypoint that is not seen keeps its place on the moving body for `gap` seconds.  After that, and before it was ever seen, its raw
// value is returned.
class Smoother {
public:
  explicit Smoother(const SmoothOptions& options = {});

  // Returns the smoothed keypoints of the person with this id at `seconds`.  A timestamp that is not later than the person's last one counts as a
  // step of the usual length (StepClock).
  PerJoint<Point> update(int id, const Person& person, double seconds);
  // Forgets all others.
  void keep_only(std::span<const int> ids);

private:
  struct Filter {
    double x = 0, y = 0, vx = 0, vy = 0; // pixels, pixels/s
    double seen = 0;                     // time of the last value that was used
    bool started = false;
  };
  struct State {
    StepClock clock;
    double size = 0; // pixels, smoothed
    std::vector<Filter> joints;
  };

  void filter(Filter& f, Point at, double trust, double spread, double seconds) const;

  SmoothOptions options_;
  std::unordered_map<int, State> people_;
};

} // namespace pose
