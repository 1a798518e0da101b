// Implements detection_schedule.h.
// SPDX-License-Identifier: MIT
#include "stream/detection_schedule.h"

#include <algorithm>
#include <cmath>

namespace pose {
namespace {

constexpr double kNewTime = 0.2;     // weight of a new time in its running mean
constexpr double kUsable = 0.9;      // share of the time between two frames that is planned for
constexpr double kLeastSlack = 0.05; // of that time, for detections, where keypoints alone already take all of it

void average(double& mean, double value) {
  mean = mean == 0 ? value : mean + kNewTime * (value - mean);
}

} // namespace

void DetectionSchedule::computed(bool detected, double seconds) {
  since_ = detected ? 1 : std::min(since_ + 1, std::numeric_limits<int>::max() / 2);
  average(detected ? with_ : without_, seconds);
}

int DetectionSchedule::interval() const {
  if (every_ != kAuto) return every_;
  const double budget = kUsable / rate_;
  if (with_ <= budget) return 1; // also before the first frame
  if (without_ == 0) return 2;   // to learn what a frame without a detection takes
  const double slack = std::max(budget - without_, kLeastSlack * budget), detection = std::max(with_ - without_, 0.0);
  return int(std::clamp(std::ceil(detection / slack), 1.0, double(kMostAuto)));
}

} // namespace pose
