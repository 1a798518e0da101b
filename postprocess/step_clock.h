// StepClock: turns the timestamps of a stream into steps of time that never go back.
// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

namespace pose {

// Sums the steps between timestamps.  A timestamp that is not later than the one before it, or is no number, counts as one step of the usual
// length: the last one that was positive, 1 / 25 s before there is one.  So a stream that restarts, or whose timestamps repeat, continues.
class StepClock {
public:
  // Takes the next timestamp.  Returns the seconds since the last one; 0 for the first.
  double advance(double seconds) {
    const double difference = seconds - last_; // NaN for the first
    if (difference > 0 && std::isfinite(difference)) {
      step_ = difference;
      usual_ = std::min(difference, kLongest);
    } else {
      step_ = started_ ? usual_ : 0;
    }
    started_ = true;
    if (std::isfinite(seconds)) last_ = seconds;
    before_ = now_;
    now_ += step_;
    return step_;
  }

  double now() const { return now_; }       // seconds of all steps together
  double before() const { return before_; } // ... without the last one
  double step() const { return step_; }     // the last one
  // Returns the seconds from the last timestamp to this one, never below 0.
  double ahead(double seconds) const {
    const double difference = seconds - last_;
    return difference > 0 && std::isfinite(difference) ? difference : 0;
  }
  // Returns the timestamp that a value of now() had, on the scale of the last timestamp.
  double stamp(double now) const { return (std::isfinite(last_) ? last_ : 0) - (now_ - now); }

private:
  static constexpr double kLongest = 1; // seconds; a longer step is a gap, not the rate of the stream

  double now_ = 0, before_ = 0, last_ = std::numeric_limits<double>::quiet_NaN(), step_ = 0, usual_ = 0.04;
  bool started_ = false;
};

} // namespace pose
