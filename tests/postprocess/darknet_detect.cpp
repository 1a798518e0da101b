// Tests Darknet's detections against cases computed by hand.
// SPDX-License-Identifier: MIT
#include "postprocess/darknet_detect.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace pose;

namespace {

constexpr LetterboxGeometry kWhole{100, 100, 0, 0}; // a 100 x 100 image in a 100 x 100 net

std::vector<ClassBox> detect(const std::vector<float>& values, int attributes, const DarknetOptions& options = {}) {
  const YoloOutput rows{values.data(), int(values.size()) / attributes, attributes};
  return darknet_detections(std::span(&rows, 1), kWhole, 100, 100, 100, 100, options);
}

} // namespace

TEST_CASE("darknet: objectness and score must both exceed the threshold") {
  CHECK(detect({50, 50, 10, 10, 0.25f, 1}, 6).empty());
  CHECK(detect({50, 50, 10, 10, 0.5f, 0.5f}, 6).empty()); // a score of exactly 0.25
  const auto found = detect({50, 50, 10, 20, 0.5f, 0.75f}, 6);
  REQUIRE(found.size() == 1);
  CHECK(found[0].score == 0.375f);
  CHECK(found[0].box.x1 == doctest::Approx(45));
  CHECK(found[0].box.y1 == doctest::Approx(40));
  CHECK(found[0].box.x2 == doctest::Approx(55));
  CHECK(found[0].box.y2 == doctest::Approx(60));
}

TEST_CASE("darknet: a box may be of several classes, and classes do not suppress each other") {
  const auto found = detect({50, 50, 10, 10, 1, 0.6f, 0.1f, 0.9f}, 8);
  REQUIRE(found.size() == 2);
  CHECK(found[0].cls == 2);
  CHECK(found[0].score == 0.9f);
  CHECK(found[1].cls == 0);
}

TEST_CASE("darknet: within a class a box above the IoU limit is removed, one exactly at the limit stays; areas are plain") {
  // 20 x 10 and the same box moved by 10: IoU is 100 of 300.
  const std::vector<float> two = {30, 50, 20, 10, 1, 0.8f, 40, 50, 20, 10, 1, 0.9f};
  const auto both = detect(two, 6, {0.25f, 0.34f});
  REQUIRE(both.size() == 2);
  CHECK(both[0].score == 0.9f);
  const auto one = detect(two, 6, {0.25f, 0.33f});
  REQUIRE(one.size() == 1);
  CHECK(one[0].score == 0.9f);
  // Coordinates that are exact in every step: 32 of 96 pixels against fl(1 / 3).
  const std::vector<float> exact = {0.5f, 0.5f, 0.5f, 0.25f, 1, 0.8f, 0.75f, 0.5f, 0.5f, 0.25f, 1, 0.9f};
  const YoloOutput rows{exact.data(), 2, 6};
  const auto at = [&](float nms) { return darknet_detections(std::span(&rows, 1), {1, 1, 0, 0}, 1, 1, 1, 1, {0.25f, nms}).size(); };
  CHECK(at(1.0f / 3.0f) == 2);
  CHECK(at(std::nextafter(1.0f / 3.0f, 0.0f)) == 1);
}

TEST_CASE("darknet: with distance-IoU, boxes whose centers are far apart suppress each other less") {
  // The IoU is 1/3; the centers are 10 apart, the diagonal of both boxes is that of 30 x 10 pixels: d^2 / c^2 = 0.1.
  const std::vector<float> two = {30, 50, 20, 10, 1, 0.8f, 40, 50, 20, 10, 1, 0.9f};
  CHECK(detect(two, 6, {0.25f, 0.23f, 1}).size() == 1); // 1/3 - 0.1 = 0.2333
  CHECK(detect(two, 6, {0.25f, 0.24f, 1}).size() == 2);
  CHECK(detect(two, 6, {0.25f, 0.01f, 0.5f}).size() == 1); // 1/3 - 0.316 = 0.017
  CHECK(detect(two, 6, {0.25f, 0.02f, 0.5f}).size() == 2);
  CHECK(detect({50, 50, 0, 0, 1, 1, 50, 50, 0, 0, 1, 1}, 6, {0.25f, 0.4f, 1}).size() == 2);
}

TEST_CASE("darknet: with a tree of classes a box is of the most special class that is likely enough") {
  const ClassTree tree({-1, -1, 0, 0, 2, 2}); // animal, thing; cat, dog; tabby, siamese
  const auto top = [&](std::vector<float> logits) { return tree.top_class(logits.data()); };
  CHECK(top({0, 9, 5, 0, 0, 0}) == 1);    // a class without children
  CHECK(top({0.1f, 0, 9, 0, 9, 0}) == 0); // 0.52 * (0.52 * 1) is not above 0.5: animal
  CHECK(top({0, 0, 0, 0, 0, 0}) == 0);    // below 0.5 already: the likeliest of the first group
  CHECK(top({9, 0, 9, 0, 0, 0}) == 2);    // a cat of unknown kind
  CHECK(top({9, 0, 9, 0, 0, 9}) == 5);
  const DarknetOptions options{.tree = &tree};
  const auto found = detect({50, 50, 10, 10, 0.5f, 9, 0, 0, 9, 0, 0}, 11, options);
  REQUIRE(found.size() == 1);
  CHECK(found[0].cls == 3);
  CHECK(found[0].score == 0.5f); // the objectness
}

TEST_CASE("darknet: a suppressed box suppresses no other box") {
  const auto found = detect({30, 50, 20, 10, 1, 0.9f, 40, 50, 20, 10, 1, 0.8f, 50, 50, 20, 10, 1, 0.7f}, 6, {0.25f, 0.3f});
  REQUIRE(found.size() == 2);
  CHECK(found[1].score == 0.7f);
}

TEST_CASE("darknet: the letterbox is undone with half of an odd padding") {
  // 200 x 99 in 100 x 100: 100 x 49 pixels, padding 25.5 although the image was pasted at row 25.
  const std::vector<float> row = {50, 50, 10, 49, 1, 1};
  const YoloOutput rows{row.data(), 1, 6};
  const auto found = darknet_detections(std::span(&rows, 1), {49, 100, 25, 0}, 100, 100, 99, 200, {});
  REQUIRE(found.size() == 1);
  CHECK(found[0].box.x1 == doctest::Approx(90));
  CHECK(found[0].box.x2 == doctest::Approx(110));
  CHECK(found[0].box.y1 == doctest::Approx(0).epsilon(1e-4));
  CHECK(found[0].box.y2 == doctest::Approx(99));
}

TEST_CASE("darknet: boxes are clipped to the image after NMS; NaN and empty input give no box") {
  const auto found = detect({2, 98, 20, 20, 1, 1}, 6);
  REQUIRE(found.size() == 1);
  CHECK(found[0].box.x1 == 0);
  CHECK(found[0].box.y2 == 100);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(detect({nan, 50, 10, 10, 1, 1, 50, 50, 10, 10, nan, 1, 50, 50, 10, 10, 1, nan}, 6).empty());
  CHECK(detect({}, 6).empty());
  // Two empty boxes at one place: their IoU is 0 / 0, and both stay.
  CHECK(detect({50, 50, 0, 0, 1, 1, 50, 50, 0, 0, 1, 1}, 6).size() == 2);
}
