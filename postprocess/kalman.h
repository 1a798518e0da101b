// Kalman filter for the center of a person who moves and changes direction.
// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>

namespace pose {

// The velocity is an Ornstein-Uhlenbeck process (Singer 1970 applies the same model to acceleration): it keeps its direction for a while, and then
// forgets it.  So the position of a person who was lost becomes uncertain with the square root of time, and does not run away.
// Lengths are in sizes of the person: the square root of the box's area, about 0.63 of the height of an upright person.
struct MotionModel {
  double speed = 1.3;  // sizes/s, deviation of the velocity on one axis.  People walk at 1.4 m/s (Bohannon 1997), 1.3 sizes/s at a height of 1.7 m
  double memory = 1.5; // s after which 1 / e of the velocity is left
};

// The filter's transition over one step of time.  It is the same for all people of a frame.
struct MotionStep {
  double carry = 0;                 // s: the distance that a velocity of 1 covers
  double keep = 1;                  // share of the velocity that is left
  double qpp = 0, qpv = 0, qvv = 0; // covariance that the step adds

  MotionStep() = default;
  MotionStep(const MotionModel& model, double seconds) {
    const double t = model.memory, a = seconds / t, e = std::exp(-a), variance = model.speed * model.speed;
    keep = e;
    carry = t * (1 - e);
    qvv = variance * (1 - e * e);
    qpv = variance * t * (1 - e) * (1 - e);
    // The closed form cancels for short steps; its series there is 2/3 a^3.
    qpp = variance * t * t * (a < 1e-3 ? a * a * a * 2 / 3 : 2 * a - 3 + 4 * e - e * e);
  }
};

// Position and velocity in pixels.  Both axes share one covariance, in sizes of the person.
struct Motion {
  double x = 0, y = 0, vx = 0, vy = 0;
  double pp = 0, pv = 0, vv = 0;

  // Starts at a position with this deviation, and any velocity of the model.
  static Motion at(double x, double y, double noise, const MotionModel& model) { return {x, y, 0, 0, noise * noise, 0, model.speed * model.speed}; }

  double deviation() const { return std::sqrt(pp); } // of the position, in sizes

  void advance(const MotionStep& step) {
    x += step.carry * vx;
    y += step.carry * vy;
    vx *= step.keep;
    vy *= step.keep;
    pp += 2 * step.carry * pv + step.carry * step.carry * vv + step.qpp;
    pv = step.keep * (pv + step.carry * vv) + step.qpv;
    vv = step.keep * step.keep * vv + step.qvv;
  }

  // Corrects with a measured position; `noise` is its deviation in sizes.
  void correct(double measured_x, double measured_y, double noise) {
    const double total = pp + noise * noise, gain = pp / total, velocity_gain = pv / total;
    const double dx = measured_x - x, dy = measured_y - y;
    shift(gain * dx, gain * dy, velocity_gain * dx, velocity_gain * dy);
    vv -= velocity_gain * pv;
    pv *= 1 - gain;
    pp *= 1 - gain;
  }

  void shift(double dx, double dy, double dvx, double dvy) {
    x += dx;
    y += dy;
    vx += dvx;
    vy += dvy;
  }

  // Replaces what was predicted over a gap by the straight line from the last position seen to the one measured now (the re-update of OC-SORT,
  // Cao et al. 2023, in closed form).  The errors that grew while the person was hidden leave no trace.
  void bridge(double from_x, double from_y, double to_x, double to_y, double seconds, double noise, const MotionModel& model) {
    const double r = noise * noise;
    *this = {to_x, to_y, (to_x - from_x) / seconds, (to_y - from_y) / seconds, r, r / seconds, 0};
    // The mean velocity over the gap differs from the one at its end by what the process adds in it.
    vv = model.speed * model.speed * std::min(1.0, 2 * seconds / (3 * model.memory)) + 2 * r / (seconds * seconds);
  }
};

} // namespace pose
