// Implements clock.h.
// SPDX-License-Identifier: MIT
#include "video/clock.h"

#include <algorithm>

namespace pose {
namespace {

constexpr double kUnknownFps = 25;
constexpr double kSmallStep = 1e-3;
constexpr double kSmallJump = 3; // frame durations

} // namespace

FrameClock::FrameClock(std::optional<double> origin, double fps) : duration_(1 / (fps > 0 ? fps : kUnknownFps)) {
  if (origin) shift_ = -*origin;
}

double FrameClock::next(std::optional<double> stamp) {
  if (!stamp) return *(last_ = last_ ? *last_ + duration_ : 0);
  if (!shift_) shift_ = (last_ ? *last_ + duration_ : 0) - *stamp;
  double time = *stamp + *shift_;
  if (!last_) {
    time = std::max(time, 0.0);
  } else if (time <= *last_ - kSmallJump * duration_) {
    time = *last_ + duration_;
    shift_ = time - *stamp;
  } else if (time <= *last_) {
    time = *last_ + kSmallStep;
  }
  last_ = time;
  return time;
}

} // namespace pose
