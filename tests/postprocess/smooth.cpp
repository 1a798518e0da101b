// Tests the smoother: jitter and lag in figures, sizes, time steps, gaps, keypoints that are not seen.
// SPDX-License-Identifier: MIT
#include "postprocess/smooth.h"

#include "tests/postprocess/walkers.h"
#include "tests/special_values.h"

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <limits>

using namespace pose;
using testing::kFrame, testing::person_at, testing::Walker;

namespace {

constexpr std::size_t kWrist = 9, kHip = 11, kOther = 0;

// Errors of a network's keypoints: their deviation in spreads of the keypoint (JointSet::sigmas), and the correlation of those of two frames at 25
// Hz.
struct Noise {
  double deviation = 0, memory = 0;
};

// pose-nano with boxes of yolo-fastest-xl on two rendered clips of a stationary person, against the true positions: 0.15 and 0.22 spreads with
// correlations of 0.35 and 0.39, without the part that stays the same over the clip.
constexpr Noise kMeasured{0.22, 0.4};
// About twice that, for networks that are less steady.
constexpr Noise kHard{0.45, 0.7};

// Adds such errors to one person, frame after frame.
class Errors {
public:
  Errors(const Noise& noise, std::uint64_t seed) : noise_(noise), random_(seed) {}

  void add(Person& person, double size) {
    const double fresh = std::sqrt(1 - noise_.memory * noise_.memory);
    for (std::size_t k = 0; k < kJoints; ++k) {
      for (double* v : {&x_[k], &y_[k]}) *v = started_ ? noise_.memory * *v + fresh * random_.gauss() : random_.gauss();
      person.joints[k].x += float(noise_.deviation * coco_joints()->sigmas[k] * size * x_[k]);
      person.joints[k].y += float(noise_.deviation * coco_joints()->sigmas[k] * size * y_[k]);
    }
    started_ = true;
  }

private:
  Noise noise_;
  testing::Random random_;
  std::array<double, kJoints> x_{}, y_{};
  bool started_ = false;
};

// Returns the root mean square of the steps from frame to frame, in pixels.
double jitter(const std::vector<Point>& path) {
  double sum = 0;
  for (std::size_t i = 1; i < path.size(); ++i) sum += std::pow(path[i].x - path[i - 1].x, 2) + std::pow(path[i].y - path[i - 1].y, 2);
  return std::sqrt(sum / double(path.size() - 1));
}

// Returns the root mean square of the distance from the true place, in pixels.
double error(const std::vector<Point>& path, Point truth) {
  double sum = 0;
  for (const Point& p : path) sum += std::pow(p.x - truth.x, 2) + std::pow(p.y - truth.y, 2);
  return std::sqrt(sum / double(path.size()));
}

// Returns the delay in frames, in steps of 0.01, at which the moved signal has the smallest squared distance to the smoothed one.
double lag(const std::function<double(double)>& signal, const std::vector<double>& smooth) {
  double best = 0, least = std::numeric_limits<double>::infinity();
  for (double delay = -1; delay <= 5; delay += 0.01) {
    double sum = 0;
    for (std::size_t i = 10; i < smooth.size(); ++i) sum += std::pow(signal((double(i) - delay) * kFrame) - smooth[i], 2);
    if (sum < least) {
      least = sum;
      best = delay;
    }
  }
  return best;
}

// Moves the left wrist of a stationary person by signal(t) sizes, with noise, and returns where the smoother has it, in sizes.
std::vector<double> smoothed_wrist(const std::function<double(double)>& signal, int frames, const Noise& noise, double height = 200) {
  Smoother smoother;
  Errors errors(noise, 11);
  const Walker place{300, 300, height, 0};
  const double size = testing::size_of(place), x = person_at(place).joints[kWrist].x;
  std::vector<double> path;
  for (int i = 0; i < frames; ++i) {
    Person person = person_at(place);
    person.joints[kWrist].x += float(size * signal(i * kFrame));
    errors.add(person, size);
    path.push_back((smoother.update(1, person, i * kFrame)[kWrist].x - x) / size);
  }
  return path;
}

} // namespace

TEST_CASE("jitter of a stationary person falls by more than 60 %") {
  const Walker place{300, 300, 200, 0};
  const double size = testing::size_of(place);
  for (const Noise& noise : {kMeasured, kHard}) {
    Smoother smoother;
    Errors errors(noise, 12);
    std::array<std::vector<Point>, kJoints> raw, smooth;
    for (int i = 0; i < 500; ++i) {
      Person person = person_at(place);
      errors.add(person, size);
      const auto at = smoother.update(1, person, i * kFrame);
      for (std::size_t k = 0; k < kJoints; ++k) {
        raw[k].push_back(person.joints[k]);
        smooth[k].push_back(at[k]);
      }
    }
    for (const std::size_t k : {kOther, kWrist, kHip}) {
      const Point truth = person_at(place).joints[k];
      const double steps = 1 - jitter(smooth[k]) / jitter(raw[k]), distance = 1 - error(smooth[k], truth) / error(raw[k], truth);
      fmt::print("smoother, stationary person, noise of {} spreads, keypoint {}: jitter from frame to frame down by {:.0f} %, error by {:.0f} %\n",
                 noise.deviation, k, 100 * steps, 100 * distance);
      CHECK(steps > 0.6);
      CHECK(distance > 0.1);
    }
  }
}

TEST_CASE("a fast wrist lags by at most one frame") {
  const auto waves = [](double hertz) { return [hertz](double t) { return 0.5 * std::sin(2 * 3.14159265 * hertz * t); }; };
  // A hand that is raised by one size within 0.4 s, with the least jerk (Flash and Hogan 1985), and stays there.
  const auto raise = [](double t) {
    const double s = std::clamp((t - 1) / 0.4, 0.0, 1.0);
    return s * s * s * (10 + s * (6 * s - 15));
  };
  for (const Noise& noise : {Noise{}, kMeasured, kHard}) {
    for (const double hertz : {0.5, 1.0, 2.0, 3.0}) {
      const double frames = lag(waves(hertz), smoothed_wrist(waves(hertz), 200, noise));
      fmt::print("smoother, wrist that waves at {} Hz by 0.5 sizes, noise of {} spreads: {:.2f} frames late\n", hertz, noise.deviation, frames);
      CHECK(frames <= 1);
    }
    const double frames = lag(raise, smoothed_wrist(raise, 60, noise));
    fmt::print("smoother, wrist that is raised in 0.4 s, noise of {} spreads: {:.2f} frames late\n", noise.deviation, frames);
    CHECK(frames <= 1);
  }
}

TEST_CASE("a person three times as large is smoothed alike") {
  const auto wave = [](double t) { return 0.3 * std::sin(9 * t); };
  const std::vector<double> small = smoothed_wrist(wave, 50, kMeasured, 100), large = smoothed_wrist(wave, 50, kMeasured, 300);
  for (std::size_t i = 0; i < small.size(); ++i) CHECK(small[i] == doctest::Approx(large[i]).epsilon(1e-3));
}

TEST_CASE("time steps may vary: twice the step smooths as two steps with the same value do, about") {
  Smoother fine, coarse;
  Person person = person_at({300, 300, 200, 0});
  fine.update(1, person, 0);
  coarse.update(1, person, 0);
  const float x = person.joints[kWrist].x;
  person.joints[kWrist].x += 3;
  fine.update(1, person, 0.02);
  const float after_two = fine.update(1, person, 0.04)[kWrist].x - x, after_one = coarse.update(1, person, 0.04)[kWrist].x - x;
  CHECK(after_one == doctest::Approx(after_two).epsilon(0.15));
  CHECK(after_one < 2);
}

TEST_CASE("the first value is returned as it is, each id has its own filter") {
  Smoother smoother;
  const Person a = person_at({300, 300, 200, 0}), b = person_at({800, 300, 100, 1});
  CHECK(smoother.update(1, a, 0)[kWrist].x == a.joints[kWrist].x);
  CHECK(smoother.update(2, b, 0)[kWrist].x == b.joints[kWrist].x);
  CHECK(smoother.update(1, a, kFrame)[kWrist].x == doctest::Approx(a.joints[kWrist].x));
}

TEST_CASE("after a gap the filter starts again") {
  Smoother smoother;
  smoother.update(1, person_at({300, 300, 200, 0}), 0);
  const Person moved = person_at({340, 300, 200, 0});
  CHECK(smoother.update(1, moved, 0.6)[kWrist].x == moved.joints[kWrist].x);
  const Person again = person_at({341, 300, 200, 0});
  CHECK(smoother.update(1, again, 0.64)[kWrist].x < again.joints[kWrist].x - 0.2f);
}

TEST_CASE("a keypoint that is not seen keeps its place on the body, and starts again when it was away for long") {
  Smoother smoother;
  Walker place{300, 300, 200, 0};
  double time = 0;
  for (int i = 0; i < 10; ++i) smoother.update(1, person_at(place), time += kFrame);
  Person person;
  for (int i = 0; i < 10; ++i) {
    place.x += 4;
    person = person_at(place);
    person.joints[kWrist] = {0, 0}; // where the network's guess is without a trace of the hand
    person.scores[kWrist] = i % 2 == 0 ? 0.05f : kNan;
    const auto smooth = smoother.update(1, person, time += kFrame);
    const Person truth = person_at(place);
    CHECK(std::fabs(smooth[kWrist].x - truth.joints[kWrist].x) < 8);
    CHECK(std::fabs(smooth[kWrist].y - truth.joints[kWrist].y) < 2);
    CHECK(std::fabs(smooth[kOther].x - truth.joints[kOther].x) < 8); // the others go on
  }
  for (int i = 0; i < 10; ++i) {
    const auto smooth = smoother.update(1, person, time += kFrame);
    if (i >= 5) CHECK(smooth[kWrist].x == 0); // the raw value
  }
  const Person seen = person_at({420, 300, 200, 0});
  CHECK(smoother.update(1, seen, time += kFrame)[kWrist].x == seen.joints[kWrist].x);
}

TEST_CASE("a weak keypoint moves the filter less than a strong one") {
  const auto moved = [](float score) {
    Smoother smoother;
    Person person = person_at({300, 300, 200, 0});
    smoother.update(1, person, 0);
    const float x = person.joints[kWrist].x;
    person.joints[kWrist].x += 10;
    person.scores[kWrist] = score;
    return smoother.update(1, person, kFrame)[kWrist].x - x;
  };
  CHECK(moved(0.1f) == 0);
  CHECK(moved(0.2f) > 0);
  CHECK(moved(0.2f) < 0.6f * moved(0.4f));
  CHECK(moved(0.4f) == moved(0.9f));
}

TEST_CASE("timestamps that stand still, go back or are no numbers do not stop the filter") {
  for (const double bad : {1.0, 0.0, double(kNan), std::numeric_limits<double>::infinity()}) {
    Smoother smoother;
    for (int i = 0; i <= 25; ++i) smoother.update(1, person_at({300, 300, 200, 0}), i * kFrame);
    Point p;
    for (int i = 0; i < 50; ++i) p = smoother.update(1, person_at({310, 300, 200, 0}), bad)[kOther];
    CHECK(p.x == doctest::Approx(310).epsilon(1e-3));
  }
}

TEST_CASE("NaN is returned where nothing better is known, and never kept") {
  Smoother smoother;
  Person broken;
  broken.joints.fill({kNan, kNan});
  broken.box = {kNan, 0, 0, 0};
  CHECK(std::isnan(smoother.update(1, broken, 0)[kWrist].x));
  const Person person = person_at({300, 300, 200, 0});
  CHECK(smoother.update(1, person, kFrame)[kWrist].x == person.joints[kWrist].x);
  CHECK(smoother.update(1, broken, 2 * kFrame)[kWrist].x == person.joints[kWrist].x);
  CHECK(smoother.update(1, person, 3 * kFrame)[kWrist].x == doctest::Approx(person.joints[kWrist].x));
}

TEST_CASE("keep_only forgets all other people") {
  Smoother smoother;
  for (int id = 1; id <= 3; ++id) smoother.update(id, person_at({300, 300, 200, 0}), 0);
  smoother.keep_only(std::vector<int>{2, 5});
  const Person moved = person_at({310, 300, 200, 0});
  CHECK(smoother.update(1, moved, kFrame)[kWrist].x == moved.joints[kWrist].x);
  CHECK(smoother.update(2, moved, kFrame)[kWrist].x < moved.joints[kWrist].x);
}
