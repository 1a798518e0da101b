// Tests the selection of people: thresholds, ties, NMS edge cases, the rerun, mapping to the image.
// SPDX-License-Identifier: MIT
#include "postprocess/detections.h"
#include "tests/special_values.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace pose;

namespace {

constexpr int kAttributes = 8; // 3 classes

// Rows of one image: center x, y, width, height, objectness, three class scores.
struct Head {
  std::vector<float> values;

  Head& add(std::array<float, 5> box, std::array<float, 3> classes = {0.9f, 0, 0}) {
    values.insert(values.end(), box.begin(), box.end());
    values.insert(values.end(), classes.begin(), classes.end());
    return *this;
  }
  YoloOutput rows() const { return {values.data(), int(values.size()) / kAttributes, kAttributes}; }
};

std::vector<Detection> select(const Head& head, float conf = 0.05f, float nms = 0.6f) {
  return select_people_once(std::vector<std::vector<YoloOutput>>{{head.rows()}}, conf, nms);
}

// Adds `count` people that do not overlap, in falling order of objectness.
Head crowd(int count) {
  Head head;
  for (int i = 0; i < count; ++i) head.add({100.0f * float(i), 50, 10, 10, 0.9f - 0.001f * float(i)});
  return head;
}

} // namespace

TEST_CASE("a row becomes corners with its objectness and class score") {
  const auto found = select(Head().add({100, 50, 20, 8, 0.7f}, {0.25f, 0.1f, 0.2f}));
  REQUIRE(found.size() == 1);
  CHECK(found[0].image == 0);
  CHECK(found[0].box.x1 == 90);
  CHECK(found[0].box.y1 == 46);
  CHECK(found[0].box.x2 == 110);
  CHECK(found[0].box.y2 == 54);
  CHECK(found[0].objectness == 0.7f);
  CHECK(found[0].class_score == 0.25f); // neither thresholded nor multiplied
}

TEST_CASE("objectness must exceed the threshold") {
  CHECK(select(Head().add({9, 9, 4, 4, 0.05f})).empty());
  CHECK(select(Head().add({9, 9, 4, 4, std::nextafter(0.05f, 0.0f)})).empty());
  CHECK(select(Head().add({9, 9, 4, 4, std::nextafter(0.05f, 1.0f)})).size() == 1);
}

TEST_CASE("class 0 must win, also on ties as the first class, with a score other than 0") {
  CHECK(select(Head().add({9, 9, 4, 4, 1}, {0.5f, 0.5f, 0.5f})).size() == 1);
  CHECK(select(Head().add({9, 9, 4, 4, 1}, {0.5f, 0, std::nextafter(0.5f, 1.0f)})).empty());
  CHECK(select(Head().add({9, 9, 4, 4, 1}, {0, 0, 0})).empty());
  CHECK(select(Head().add({9, 9, 4, 4, 1}, {1e-30f, 0, 0})).size() == 1);
}

TEST_CASE("people can be of another class, which must win against earlier and later ones") {
  const auto found = [](const std::array<float, 3>& classes) {
    Head head;
    head.add({9, 9, 4, 4, 1}, classes);
    return select_people_once(std::vector<std::vector<YoloOutput>>{{head.rows()}}, 0.05f, 0.6f, 1).size();
  };
  CHECK(found({0.25f, 0.5f, 0.25f}) == 1);
  CHECK(found({0.5f, 0.5f, 0.25f}) == 0); // a tie goes to the first class
  CHECK(found({0.25f, 0.5f, 0.5f}) == 1);
  CHECK(found({0.25f, 0.5f, 0.75f}) == 0);
  CHECK(found({-1, 0, -1}) == 0);
}

TEST_CASE("rows with NaN select no person and do not affect others") {
  Head head;
  head.add({9, 9, 4, 4, kNan}).add({9, 9, 4, 4, 0.9f}, {kNan, 0, 0});
  for (std::size_t k = 0; k < 4; ++k) {
    std::array<float, 5> box = {9, 9, 4, 4, 0.9f};
    box[k] = kNan;
    head.add(box);
  }
  head.add({kInf, 9, kInf, 4, 0.9f}); // inf - inf
  CHECK(select(head).empty());
  CHECK(select(head.add({9, 9, 4, 4, 0.1f})).size() == 1);
}

TEST_CASE("without rows, heads or images there is no person") {
  CHECK(select(Head()).empty());
  CHECK(select_people_once(std::vector<std::vector<YoloOutput>>{{}, {}}, 0.05f, 0.6f).empty());
  CHECK(select_people(std::vector<std::vector<YoloOutput>>{}, {}).empty());
}

TEST_CASE("results are ordered by objectness; equal ones keep the order of rows and heads") {
  Head first, second;
  first.add({100, 0, 8, 8, 0.5f}).add({200, 0, 8, 8, 0.6f});
  second.add({300, 0, 8, 8, 0.5f}).add({400, 0, 8, 8, 0.9f});
  const auto found = select_people_once(std::vector<std::vector<YoloOutput>>{{first.rows(), second.rows()}}, 0.05f, 0.6f);
  REQUIRE(found.size() == 4);
  CHECK(found[0].box.x1 == 396);
  CHECK(found[1].box.x1 == 196);
  CHECK(found[2].box.x1 == 96);
  CHECK(found[3].box.x1 == 296);
}

TEST_CASE("many equal objectnesses keep the order of their rows") {
  Head head;
  for (int i = 0; i < 60; ++i) head.add({100.0f * float(i), 50, 10, 10, i % 2 == 0 ? 0.5f : 0.75f});
  const auto found = select(head);
  REQUIRE(found.size() == 60);
  for (int i = 0; i < 30; ++i) {
    CHECK(found[std::size_t(i)].box.x1 == 100.0f * float(2 * i + 1) - 5);
    CHECK(found[std::size_t(30 + i)].box.x1 == 100.0f * float(2 * i) - 5);
  }
}

TEST_CASE("IoU counts whole pixels, and a box at the threshold is removed") {
  // 10 x 10 pixels (corners 0 and 9) and the same box moved by 5: 50 shared of 150.
  const Head head = Head().add({4.5f, 4.5f, 9, 9, 0.9f}).add({9.5f, 4.5f, 9, 9, 0.8f});
  const float third = 50.0f / 150.0f;
  CHECK(select(head, 0.05f, third).size() == 1);
  CHECK(select(head, 0.05f, std::nextafter(third, 1.0f)).size() == 2);
  // Touching boxes overlap by a pixel column: 10 of 190.
  CHECK(select(Head().add({4.5f, 4.5f, 9, 9, 0.9f}).add({13.5f, 4.5f, 9, 9, 0.8f}), 0.05f, 10.0f / 190.0f).size() == 1);
  CHECK(select(Head().add({4.5f, 4.5f, 9, 9, 0.9f}).add({14.5f, 4.5f, 9, 9, 0.8f}), 0.05f, 1e-6f).size() == 2);
}

TEST_CASE("a removed box removes no other box") {
  // b overlaps a and c; a and c do not overlap.
  const auto found = select(Head().add({0, 0, 99, 99, 0.9f}).add({50, 0, 99, 99, 0.8f}).add({100, 0, 99, 99, 0.7f}), 0.05f, 0.3f);
  REQUIRE(found.size() == 2);
  CHECK(found[0].objectness == 0.9f);
  CHECK(found[1].objectness == 0.7f);
}

TEST_CASE("images do not suppress each other") {
  const Head head = Head().add({9, 9, 4, 4, 0.5f});
  const auto found = select_people_once(std::vector<std::vector<YoloOutput>>{{head.rows()}, {}, {head.rows()}}, 0.05f, 0.6f);
  REQUIRE(found.size() == 2);
  CHECK(found[0].image == 0);
  CHECK(found[1].image == 2);
}

TEST_CASE("more than 100 rows in a batch cause one rerun with a stricter NMS") {
  // A pair at IoU 0.58 (29 of 50 columns shared, counting pixels): both stay at 0.6, one at 0.55.
  const auto add_pair = [](Head head) { return head.add({0, 500, 38.5f, 9, 0.99f}).add({10.5f, 500, 38.5f, 9, 0.98f}); };
  REQUIRE(select(add_pair(Head()), 0.05f, 0.6f).size() == 2);
  REQUIRE(select(add_pair(Head()), 0.05f, 0.55f).size() == 1);

  const Head exactly = add_pair(crowd(98)), above = add_pair(crowd(99)), far_above = crowd(150);
  CHECK(select_people(std::vector<std::vector<YoloOutput>>{{exactly.rows()}}, {}).size() == 100);
  CHECK(select_people(std::vector<std::vector<YoloOutput>>{{above.rows()}}, {}).size() == 100);     // 101 before
  CHECK(select_people(std::vector<std::vector<YoloOutput>>{{far_above.rows()}}, {}).size() == 150); // only one rerun
  // The count is the batch's: neither image has 101.
  const Head half = crowd(51), other = add_pair(crowd(48));
  CHECK(select_people(std::vector<std::vector<YoloOutput>>{{half.rows()}, {other.rows()}}, {}).size() == 100);
}

TEST_CASE("mapping to the image: the letterbox is undone with a real-valued padding, then clipped inclusively") {
  // 400 x 200 in 608: scale 1.52, padding 0 and (608 - 304) / 2 = 152.
  const Box box = to_image({152, 228, 304, 380}, 200, 400, 608);
  CHECK(box.x1 == doctest::Approx(100));
  CHECK(box.y1 == doctest::Approx(50));
  CHECK(box.x2 == doctest::Approx(200));
  CHECK(box.y2 == doctest::Approx(150));
  // 3 x 2 in 32: the height 21.33 leaves a padding of 5.33, not 5.
  CHECK(to_image({0, 16, 32, 16}, 2, 3, 32).y1 == doctest::Approx(1));
  const Box clipped = to_image({-50, -50, 700, 700}, 200, 400, 608);
  CHECK(clipped.x1 == 0);
  CHECK(clipped.y1 == 0);
  CHECK(clipped.x2 == 400);
  CHECK(clipped.y2 == 200);
  CHECK(to_image({-kInf, 0, kInf, 1}, 200, 400, 608).x2 == 400);
}

TEST_CASE("mapping multiplies by the reciprocal") {
  // A width for which fl(fl(1 / w) * 608) is not fl(608 / w): the result shows which scale is used.
  const float w = 333;
  const float scale = 1 / w * 608;
  REQUIRE(scale != 608 / w);
  const float pad = (608 - scale * w) / 2;
  CHECK(to_image({300.5f, 0, 300.5f, 0}, 100, 333, 608).x1 == (300.5f - pad) / scale);
}
