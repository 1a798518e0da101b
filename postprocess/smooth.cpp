// Implements smooth.h: the One-Euro filter in units of the person's size.
// SPDX-License-Identifier: MIT
#include "postprocess/smooth.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace pose {

namespace {

constexpr double kSizeCutoff = 1; // Hz: boxes breathe, people do not

// Returns the share of a new value in a low-pass filter of this cutoff.
double share(double cutoff, double seconds) {
  const double t = 2 * std::numbers::pi * cutoff * seconds;
  return t / (1 + t);
}

} // namespace

Smoother::Smoother(const SmoothOptions& options) : options_(options) {}

// Moves a filter that has started by one value.  `seconds` is the time since the last value, `trust` the share of it that counts.
void Smoother::filter(Filter& f, Point at, double trust, double spread, double seconds) const {
  // The speed is that of the way from the filtered place, as in the paper: a filter that lags sees a higher speed, and catches up.
  const double speed_share = trust * share(options_.speed_cutoff, seconds);
  f.vx += speed_share * ((at.x - f.x) / seconds - f.vx);
  f.vy += speed_share * ((at.y - f.y) / seconds - f.vy);
  const double cutoff = options_.min_cutoff + options_.beta * std::max(0.0, std::hypot(f.vx, f.vy) / spread - options_.rest);
  const double a = trust * share(cutoff, seconds);
  f.x += a * (at.x - f.x);
  f.y += a * (at.y - f.y);
}

PerJoint<Point> Smoother::update(int id, const Person& person, double seconds) {
  const std::size_t joints = person.joints.size();
  State& state = people_[id];
  if (state.joints.size() != joints) state.joints.assign(joints, {});
  const double step = state.clock.advance(seconds), now = state.clock.now();
  const Observation seen = observe(person).value_or(of_set<Observation>(person.set));
  const double size = size_of(seen.box);
  if (size > 0) state.size = state.size > 0 ? state.size + share(kSizeCutoff, step) * (size - state.size) : size;

  double moved_x = 0, moved_y = 0;
  int moved = 0;
  std::vector<bool> used(joints);
  for (std::size_t k = 0; k < joints; ++k) {
    Filter& f = state.joints[k];
    f.started = f.started && now - f.seen <= options_.gap;
    const double trust = std::clamp((seen.scores[k] - options_.low) / (options_.full - options_.low), 0.0f, 1.0f);
    if (trust <= 0 || state.size <= 0) continue;
    const Point at = seen.joints[k];
    if (f.started) {
      const double x = f.x, y = f.y;
      filter(f, at, trust, person.set->sigmas[k] * state.size, now - f.seen);
      moved_x += f.x - x;
      moved_y += f.y - y;
      ++moved;
    } else {
      f = {at.x, at.y, 0, 0, 0, true};
    }
    f.seen = now;
    used[k] = true;
  }

  PerJoint<Point> smooth = person.joints;
  for (std::size_t k = 0; k < joints; ++k) {
    Filter& f = state.joints[k];
    if (!f.started) continue;
    if (!used[k] && moved > 0) { // goes along with the body
      f.x += moved_x / moved;
      f.y += moved_y / moved;
    }
    smooth[k] = {float(f.x), float(f.y)};
  }
  return smooth;
}

void Smoother::keep_only(std::span<const int> ids) {
  std::erase_if(people_, [&](const auto& entry) { return std::find(ids.begin(), ids.end(), entry.first) == ids.end(); });
}

} // namespace pose
