// Tests pose NMS: clusters, merging, thresholds and unusual inputs.
// SPDX-License-Identifier: MIT
#include "postprocess/pose_nms.h"
#include "tests/special_values.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace pose;

namespace {

// A person with keypoints on a line, 20 pixels apart, from (x, y) on; a box of 100 x 100 gives a reference distance of 10.
Candidate person(float x, float y, float score, float box_score = 0.5f) {
  Candidate c;
  c.box = {x, y, x + 100, y + 100};
  c.box_score = box_score;
  for (std::size_t k = 0; k < kJoints; ++k) c.joints[k] = {x + 20 * float(k), y};
  c.scores.fill(score);
  return c;
}

Candidate moved(Candidate c, float dx, std::size_t first, std::size_t last) {
  for (std::size_t k = first; k < last; ++k) c.joints[k].x += dx;
  return c;
}

} // namespace

TEST_CASE("one person keeps all values except for the shift by 0.3") {
  Candidate c = person(10, 20, 0.5f, 0.25f);
  c.scores[3] = 0.75f;
  const auto people = pose_nms({c});
  REQUIRE(people.size() == 1);
  for (std::size_t k = 0; k < kJoints; ++k) {
    CHECK(people[0].joints[k].x == c.joints[k].x - 0.3f);
    CHECK(people[0].joints[k].y == c.joints[k].y - 0.3f);
    CHECK(people[0].scores[k] == c.scores[k]);
  }
  CHECK(people[0].proposal_score == doctest::Approx(8.75 / 17 + 0.25 + 1.25 * 0.75));
  CHECK(people[0].box_score == 0.25f);
}

TEST_CASE("no candidates give no people") {
  CHECK(pose_nms({}).empty());
}

TEST_CASE("people far apart stay, sorted by mean score, ties in input order") {
  const auto people = pose_nms({person(0, 0, 0.5f), person(0, 1000, 0.75f), person(0, 2000, 0.5f)});
  REQUIRE(people.size() == 3);
  CHECK(people[0].joints[0].y == 1000 - 0.3f);
  CHECK(people[1].joints[0].y == 0 - 0.3f);
  CHECK(people[2].joints[0].y == 2000 - 0.3f);
}

TEST_CASE("two poses of one person become their score-weighted mean") {
  std::vector<Candidate> candidates = {person(100, 50, 0.25f, 0.9f), moved(person(100, 50, 0.75f, 0.4f), 4, 0, kJoints)};
  candidates[0].box.x1 -= 1;
  const auto people = pose_nms(candidates);
  REQUIRE(people.size() == 1);
  CHECK(people[0].box.x1 == candidates[1].box.x1); // of the candidate with the higher score
  for (std::size_t k = 0; k < kJoints; ++k) {
    CHECK(people[0].joints[k].x == doctest::Approx(100 + 20 * double(k) + 3 - 0.3)); // 4 * 0.75
    CHECK(people[0].scores[k] == doctest::Approx(0.25 * 0.25 + 0.75 * 0.75));
  }
  CHECK(people[0].proposal_score == doctest::Approx(0.625 + 0.4 + 1.25 * 0.625)); // the pick's box score
  CHECK(people[0].box_score == 0.4f);
}

TEST_CASE("five matching keypoints suppress, four do not") {
  // 6 pixels is within min(10, 7); the distance term of 5 keypoints is 5 * 1.7 * exp(-6 / 2.65), far below gamma.
  const Candidate best = person(0, 0, 0.75f);
  const Candidate five = moved(moved(person(0, 0, 0.5f), 6, 0, 5), 500, 5, kJoints);
  const Candidate four = moved(moved(person(0, 0, 0.5f), 6, 0, 4), 500, 4, kJoints);
  CHECK(pose_nms({best, five}).size() == 1);
  CHECK(pose_nms({best, four}).size() == 2);
  // Exactly 7 pixels match, the next float does not: the limit is 7 although the reference is 10.
  CHECK(pose_nms({best, moved(moved(person(0, 0, 0.5f), 7, 0, 5), 500, 5, kJoints)}).size() == 1);
  CHECK(pose_nms({best, moved(moved(person(0, 0, 0.5f), 7.001f, 0, 5), 500, 5, kJoints)}).size() == 2);
}

TEST_CASE("similarity alone suppresses where no keypoint can match") {
  Candidate best = person(0, 0, 0.75f);
  best.box = {5, 5, 5, 5}; // a reference of 0: distances of 0 give 0 / 0, others infinity
  Candidate other = person(0, 0, 0.5f);
  CHECK(pose_nms({best, other}).size() == 1);
  // All keypoints 1 pixel away: 17 * (tanh(0.75) * tanh(0.5) + 1.7 * exp(-1 / 2.65)) = 24.8; 1.01 away the scores no longer count: 19.7.
  CHECK(pose_nms({best, moved(other, 1, 0, kJoints)}).size() == 1);
  CHECK(pose_nms({best, moved(other, 1.01f, 0, kJoints)}).size() == 2);
}

TEST_CASE("keypoints farther than min(reference, 15) are not merged") {
  Candidate best = person(0, 0, 0.75f);
  best.box = {0, 0, 1000, 10}; // reference 100, merged within 15
  const Candidate other = moved(moved(person(0, 0, 0.75f), 15, 5, 6), 15.01f, 6, 7);
  const auto people = pose_nms({best, other});
  REQUIRE(people.size() == 1);
  CHECK(people[0].joints[5].x == doctest::Approx(100 + 7.5 - 0.3));
  CHECK(people[0].joints[6].x == doctest::Approx(120 - 0.3));
  CHECK(people[0].scores[6] == doctest::Approx(0.75));
}

TEST_CASE("a person needs a keypoint of 0.3, before and after merging") {
  CHECK(pose_nms({person(0, 0, 0.3f)}).size() == 1);
  CHECK(pose_nms({person(0, 0, std::nextafter(0.3f, 0.0f))}).empty());
  // The pick alone would pass; merged with weak twins its only good keypoint drops to (0.31^2 + 2 * 0.2^2) / 0.71 = 0.248.
  Candidate best = person(0, 0, 0.25f);
  best.scores[0] = 0.31f;
  const Candidate weak = person(0, 0, 0.2f);
  CHECK(pose_nms({best}).size() == 1);
  CHECK(pose_nms({best, weak, weak}).empty());
  // A suppressed candidate does not return when its pick is dropped.
  CHECK(pose_nms({person(0, 0, 0.29f), person(0, 500, 0.5f)}).size() == 1);
}

TEST_CASE("scores of 0 count as 1e-5, negative ones are unchanged") {
  Candidate c = person(0, 0, 0.5f);
  c.scores[4] = 0;
  c.scores[5] = -0.25f;
  const auto people = pose_nms({c});
  REQUIRE(people.size() == 1);
  CHECK(people[0].scores[4] == 1e-5f);
  CHECK(people[0].joints[4].x == 80 - 0.3f);
  CHECK(people[0].scores[5] == -0.25f);
  CHECK(people[0].joints[5].x == 100 - 0.3f);
}

TEST_CASE("NaN coordinates: the pick removes only itself, and the loop ends") {
  Candidate lost = person(0, 0, 0.75f);
  for (Point& joint : lost.joints) joint = {kNan, kNan};
  const auto people = pose_nms({lost, lost, person(0, 0, 0.5f)});
  REQUIRE(people.size() == 3);
  CHECK(std::isnan(people[0].joints[0].x));
  CHECK(std::isnan(people[0].proposal_score));
  CHECK(people[2].joints[0].x == -0.3f);
}

TEST_CASE("one NaN keypoint affects only the pick") {
  Candidate c = person(0, 0, 0.75f);
  c.joints[2].x = kNan;
  const auto people = pose_nms({c, person(0, 0, 0.5f)}); // 16 keypoints match
  REQUIRE(people.size() == 1);
  CHECK(std::isnan(people[0].joints[2].x));
  CHECK(people[0].joints[3].x == doctest::Approx(60 - 0.3));
}
