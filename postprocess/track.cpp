// Implements track.h: prediction and correction of one track, and its three measures of fit.
// SPDX-License-Identifier: MIT
#include "postprocess/track.h"

#include <algorithm>
#include <cmath>

namespace pose {

namespace {

// Where no source is named, the values are the best round ones on clips with exact ids: 20 rendered scenes with people who cross, hide, leave and
// come back, with simulated detections and those of networks.
constexpr double kFadeTime = 0.4;        // s: scores of keypoints that are not seen fall with this time constant
constexpr double kNoise = 0.06;          // sizes: deviation of a sure person's box center from one frame to the next
constexpr double kUnsureNoise = 0.15;    // ... of an unsure one's
constexpr double kBridge = 0.25;         // s: a longer gap is bridged
constexpr double kBodyGap = 0.5;         // s: after a longer gap, size and proportions count
constexpr double kSizeTime = 0.18;       // s: the box's sides follow with this time constant
constexpr double kPoseShare = 0.7;       // weight of keypoints; the rest is the boxes'
constexpr double kHalfSpread = 0.43;     // sizes: deviation of a prediction at which the fit counts 0.7
constexpr double kSizeDeviation = 0.3;   // of the logarithm of a person's size after a gap
constexpr double kTorsoDeviation = 0.15; // of the logarithm of the torso
constexpr double kHeightDeviation = 0.4; // of the logarithm of a person's height after a gap, where the torso is known
constexpr double kLegDeviation = 0.2;    // of the logarithms of the ratios to the torso
constexpr double kArmDeviation = 0.35;
constexpr double kBodyRate = 0.1; // share of a new measurement of the proportions
constexpr double kReach = 0.8;    // sizes: deviation of the place of a return after 1 s
constexpr double kMaxReach = 2.5; // sizes
constexpr double kMaxWay = 2;     // s that a hidden person goes on

double gauss(double value, double deviation) {
  return std::exp(-value * value / (2 * deviation * deviation));
}

Box box_at(double x, double y, double w, double h) {
  return {float(x - w / 2), float(y - h / 2), float(x + w / 2), float(y + h / 2)};
}

void move(Point& p, double dx, double dy) {
  p = {float(p.x + dx), float(p.y + dy)};
}

} // namespace

TrackState::TrackState(const Person& person, const Observation& seen, const MotionModel& model, double now)
    : evidence(seen.confidence), score(seen.confidence), last(person), model_(model), motion_(Motion::at(seen.x(), seen.y(), kNoise, model)),
      width_(seen.width()), height_(seen.height()), look_(seen), left_(motion_), seen_(now) {}

double TrackState::size() const {
  return size_of(width_, height_);
}

Box TrackState::box() const {
  return box_at(motion_.x, motion_.y, width_, height_);
}

Box TrackState::box_after(const MotionStep& step) const {
  Motion motion = motion_;
  motion.advance(step);
  return box_at(motion.x, motion.y, width_, height_);
}

void TrackState::advance(const MotionStep& step) {
  const double x = motion_.x, y = motion_.y;
  motion_.advance(step);
  for (Point& joint : look_.joints) move(joint, motion_.x - x, motion_.y - y);
}

Correction TrackState::take(const Person& person, const Observation& seen, bool sure, double now) {
  const Motion predicted = motion_;
  // A box that is cut off by an obstacle has its center elsewhere: by half of what is missing.
  const double cut = std::max(std::fabs(seen.height() - height_), std::fabs(seen.width() - width_)) / 2 / size();
  const double noise = (sure ? kNoise : kUnsureNoise) + std::min(cut, 1.0) / 2;
  if (gap(now) > kBridge) {
    motion_.bridge(left_.x, left_.y, seen.x(), seen.y(), gap(now), noise, model_);
  } else {
    motion_.correct(seen.x(), seen.y(), noise);
  }
  const Correction change{motion_.x - predicted.x, motion_.y - predicted.y, motion_.vx - predicted.vx, motion_.vy - predicted.vy};
  take_size(seen, gap(now));
  take_pose(seen, change.dx, change.dy, gap(now));
  last = person;
  left_ = motion_;
  ++hits;
  evidence += seen.confidence;
  score = seen.confidence;
  seen_ = now;
  return change;
}

void TrackState::take_size(const Observation& seen, double seconds) {
  const double share = std::max(1 - std::exp(-seconds / kSizeTime), 1.0 / (hits + 1));
  width_ += share * (seen.width() - width_);
  height_ += share * (seen.height() - height_);
}

void TrackState::take_pose(const Observation& seen, double dx, double dy, double seconds) {
  const float fade = float(std::exp(-seconds / kFadeTime));
  if (look_.joints.size() != seen.joints.size()) look_ = seen;
  for (std::size_t k = 0; k < seen.joints.size(); ++k) {
    if (seen.scores[k] >= kSeen) {
      look_.joints[k] = seen.joints[k];
      look_.scores[k] = seen.scores[k];
    } else {
      move(look_.joints[k], dx, dy);
      look_.scores[k] *= fade;
    }
  }
  const double rate = std::max(kBodyRate, 1.0 / (hits + 1));
  const auto learn = [rate](std::optional<double>& known, const std::optional<double>& now) {
    if (now) known = known ? *known + rate * (*now - *known) : *now;
  };
  learn(look_.body.torso, seen.body.torso);
  learn(look_.body.leg, seen.body.leg);
  learn(look_.body.arm, seen.body.arm);
}

void TrackState::shift(const Correction& by) {
  motion_.shift(by.dx, by.dy, by.dvx, by.dvy);
  left_.shift(by.dx, by.dy, by.dvx, by.dvy);
  for (Point& joint : look_.joints) move(joint, by.dx, by.dy);
}

double TrackState::body_factor(const Observation& seen, double size_deviation) const {
  const bool torso = look_.body.torso && seen.body.torso;
  double factor = gauss(std::log(seen.height() / height_), torso ? kHeightDeviation : size_deviation);
  if (torso) factor *= gauss(*look_.body.torso - *seen.body.torso, kTorsoDeviation);
  if (look_.body.leg && seen.body.leg) factor *= gauss(*look_.body.leg - *seen.body.leg, kLegDeviation);
  if (look_.body.arm && seen.body.arm) factor *= gauss(*look_.body.arm - *seen.body.arm, kArmDeviation);
  return factor;
}

double TrackState::similarity(const Observation& seen, double now) const {
  const double deviation = motion_.deviation(), spread = deviation * size();
  const double boxes = overlap(box(), seen.box, spread);
  if (boxes <= 0) return 0;
  const double both = std::sqrt(size() * size_of(seen.box));
  const std::optional<double> pose = keypoint_similarity(look_, seen, both, spread);
  const double fit = pose ? kPoseShare * *pose + (1 - kPoseShare) * boxes : boxes;
  const double sharpness = 1 / std::sqrt(1 + deviation * deviation / (kHalfSpread * kHalfSpread));
  return fit * sharpness * (gap(now) > kBodyGap ? body_factor(seen, kSizeDeviation) : 1);
}

double TrackState::return_similarity(const Observation& seen, double now) const {
  const double seconds = gap(now), ahead = std::min(seconds, kMaxWay);
  const double x = seen.x() - left_.x, y = seen.y() - left_.y, way_x = left_.vx * ahead, way_y = left_.vy * ahead;
  const double way = way_x * way_x + way_y * way_y;
  const double along = way > 0 ? std::clamp((x * way_x + y * way_y) / way, 0.0, 1.0) : 0;
  const double distance = std::hypot(x - along * way_x, y - along * way_y) / size();
  return gauss(distance, std::min(kReach * std::sqrt(seconds), kMaxReach)) * body_factor(seen, kSizeDeviation);
}

double TrackState::look_similarity(const Observation& seen) const {
  Observation moved = seen;
  for (Point& joint : moved.joints) move(joint, motion_.x - seen.x(), motion_.y - seen.y());
  const double both = std::sqrt(size() * size_of(seen.box));
  return keypoint_similarity(look_, moved, both, 0).value_or(0) * gauss(std::log(size_of(seen.box) / size()), kSizeDeviation);
}

} // namespace pose
