// Tests --matching: peaks of heatmaps, people who claim one keypoint, thresholds and broken values.
// SPDX-License-Identifier: MIT
#include "postprocess/matching.h"

#include "tensor/tensor.h"
#include "tests/postprocess/walkers.h"
#include "tests/special_values.h"

#include <doctest/doctest.h>

#include <utility>

using namespace pose;

namespace {

constexpr int kMapH = 80, kMapW = 64;
// A crop whose map back is the identity, except for the halves of a pixel of section 8: x' = x - (64 - 1) / 2 + (64 - 1) / 2.
const CropBox kIdentity{{0, 0}, {kMapW, kMapH}};

struct PeakMap {
  Tensor tensor = Tensor(Shape{1, kMapH, kMapW, kJoints});

  PeakMap& set(int x, int y, float value, int joint = 0) {
    tensor.view().at(0, y, x, joint) = value;
    return *this;
  }
  std::vector<ImagePeak> peaks(int joint = 0) const { return find_peaks(std::as_const(tensor).view(), 0, joint, kIdentity); }
};

// A person whose keypoints all have one peak, where a walker of this place has them.
PeakCandidate candidate(double x, float score, float box_score = 0.5f) {
  const Person person = testing::person_at({x, 300, 200, 0}, score);
  PeakCandidate c{person.box, box_score, {}};
  for (std::size_t k = 0; k < kJoints; ++k) c.peaks[k] = {{person.joints[k].x, person.joints[k].y, score}};
  return c;
}

} // namespace

TEST_CASE("a map has a peak at each value above 0.1 that is the largest of 5 x 5, best first") {
  PeakMap map;
  map.set(10, 20, 0.5f).set(12, 20, 0.4f).set(30, 40, 0.9f).set(33, 40, 0.2f).set(50, 70, 0.1f);
  const auto peaks = map.peaks();
  REQUIRE(peaks.size() == 3); // not (12, 20), which is 2 pixels from a higher value, nor 0.1 itself
  CHECK(peaks[0].score == 0.9f);
  CHECK(peaks[1].score == 0.5f);
  CHECK(peaks[2].score == 0.2f);
  CHECK(peaks[0].x == doctest::Approx(30.2));
  CHECK(peaks[0].y == doctest::Approx(40.2));
}

TEST_CASE("equal peaks come from the bottom up, then from the right") {
  const auto peaks = PeakMap().set(10, 20, 0.5f).set(40, 20, 0.5f).set(10, 60, 0.5f).peaks();
  REQUIRE(peaks.size() == 3);
  CHECK(peaks[0].y == doctest::Approx(60.2));
  CHECK(peaks[1].x == doctest::Approx(40.2));
  CHECK(peaks[2].x == doctest::Approx(10.2));
}

TEST_CASE("a map without a peak gives its first maximum") {
  const auto peaks = PeakMap().set(7, 9, 0.1f).set(40, 50, 0.1f).peaks();
  REQUIRE(peaks.size() == 1);
  CHECK(peaks[0].x == doctest::Approx(7.2));
  CHECK(peaks[0].score == 0.1f);
  REQUIRE(PeakMap().peaks().size() == 1);
  CHECK(PeakMap().peaks()[0].score == 0);
}

TEST_CASE("a peak moves to the higher neighbor, by 0.25 and 0.3125, with the column of the moved x") {
  PeakMap map;
  map.set(20, 30, 0.9f).set(19, 30, 0.5f); // x moves left to 19.75: column 19
  map.set(19, 31, 0.4f).set(20, 29, 0.8f); // in column 19, y moves down; in column 20 it would move up
  const auto peaks = map.peaks();
  REQUIRE(peaks.size() == 1);
  CHECK(peaks[0].x == doctest::Approx(19.75 + 0.2));
  CHECK(peaks[0].y == doctest::Approx(30.3125 + 0.2));
}

TEST_CASE("each axis has its own border: 0 and the last two columns or rows stay") {
  const auto at = [](int x, int y) { return PeakMap().set(x, y, 0.9f).set(x - 1, y, 0.5f).set(x, y - 1, 0.5f).set(x - 1, y - 1, 0.6f).peaks()[0]; };
  CHECK(at(61, 40).x == doctest::Approx(60.95));
  CHECK(at(62, 40).x == doctest::Approx(62.2));
  CHECK(at(62, 40).y == doctest::Approx(39.8875));
  CHECK(at(30, 77).y == doctest::Approx(76.8875));
  CHECK(at(30, 78).y == doctest::Approx(78.2));
  CHECK(at(30, 78).x == doctest::Approx(29.95));
}

TEST_CASE("a single person keeps its keypoints, moved by 0.3") {
  const auto people = match_people({candidate(200, 0.75f)});
  REQUIRE(people.size() == 1);
  const PeakCandidate want = candidate(200, 0.75f);
  for (std::size_t k = 0; k < kJoints; ++k) {
    CHECK(people[0].joints[k].x == doctest::Approx(want.peaks[k][0].x - 0.3));
    CHECK(people[0].joints[k].y == doctest::Approx(want.peaks[k][0].y - 0.3));
    CHECK(people[0].scores[k] == 0.75f);
  }
  CHECK(people[0].proposal_score == doctest::Approx(0.75 + 0.75 + 0.5));
  CHECK(people[0].box.x1 == want.box.x1);
  CHECK(people[0].box_score == 0.5f);
}

TEST_CASE("a keypoint that two people claim goes to the one with the higher scores, the other takes its next peak") {
  PeakCandidate strong = candidate(200, 0.75f), weak = candidate(600, 0.5f);
  constexpr std::size_t kWrist = 9;
  weak.peaks[kWrist] = {{strong.peaks[kWrist][0].x + 1, strong.peaks[kWrist][0].y, 0.5f}, {610, 320, 0.3f}};
  auto people = match_people({weak, strong});
  REQUIRE(people.size() == 2);
  CHECK(people[0].joints[kWrist].x == doctest::Approx(610 - 0.3));
  CHECK(people[0].scores[kWrist] == 0.3f);
  // The winner takes the center of both, weighted by the scores.
  CHECK(people[1].joints[kWrist].x == doctest::Approx(strong.peaks[kWrist][0].x + 0.5 / 1.25 - 0.3));
  CHECK(people[1].scores[kWrist] == 0.75f);

  weak.peaks[kWrist].pop_back(); // no other peak
  people = match_people({weak, strong});
  CHECK(people[0].joints[kWrist].x == doctest::Approx(strong.peaks[kWrist][0].x + 1 - 0.3));
  CHECK(people[0].scores[kWrist] == 1e-5f);
}

TEST_CASE("a claim below 0.3 does not move the center of the group") {
  PeakCandidate strong = candidate(200, 0.75f), weak = candidate(600, 0.5f);
  weak.peaks[9] = {{strong.peaks[9][0].x + 1, strong.peaks[9][0].y, 0.29f}};
  const auto people = match_people({strong, weak});
  CHECK(people[0].joints[9].x == doctest::Approx(strong.peaks[9][0].x - 0.3));
}

TEST_CASE("peaks farther apart than the keypoint's deviation are two keypoints") {
  PeakCandidate strong = candidate(200, 0.75f), weak = candidate(600, 0.5f);
  const double size = std::sqrt(80.0 * 200); // of the box
  const auto claimed = [&](double distance) {
    weak.peaks[9] = {{strong.peaks[9][0].x + distance, strong.peaks[9][0].y, 0.5f}};
    return match_people({strong, weak})[1].scores[9] == 1e-5f;
  };
  CHECK(claimed(0.0619 * size));
  CHECK_FALSE(claimed(0.0621 * size));
}

TEST_CASE("weak and small people are dropped") {
  CHECK(match_people({candidate(200, 0.1f)}).size() == 1);
  CHECK(match_people({candidate(200, 0.099f)}).empty());
  PeakCandidate small = candidate(200, 0.5f); // 0.26 x 0.905 of the height: 2.25 * 52 * 181 at 200 pixels
  for (auto& peaks : small.peaks) peaks[0] = {peaks[0].x / 6, peaks[0].y / 6, peaks[0].score};
  CHECK(match_people({small}).empty()); // 588
}

TEST_CASE("without people there are none") {
  CHECK(match_people({}).empty());
}

TEST_CASE("a NaN shows in its own keypoint only") {
  const auto peaks = PeakMap().set(10, 20, 0.5f).set(30, 40, kNan).peaks();
  REQUIRE(peaks.size() == 1);
  CHECK(std::isnan(peaks[0].score));

  PeakCandidate broken = candidate(200, 0.75f), other = candidate(600, 0.5f);
  broken.peaks[9][0].score = kNan;
  const auto people = match_people({broken, other});
  REQUIRE(people.size() == 2);
  CHECK(std::isnan(people[0].scores[9]));
  CHECK(people[0].scores[8] == 0.75f);
  CHECK(people[1].scores[9] == 0.5f);
  CHECK(people[1].proposal_score == doctest::Approx(1.5));
}
