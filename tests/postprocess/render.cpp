// Tests skeletons: every keypoint and limb at its place and in its color, thresholds, half-size round trip, unusual inputs.
// SPDX-License-Identifier: MIT
#include "postprocess/render.h"

#include "image/draw.h"
#include "image/resize.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>

using namespace pose;

namespace {

constexpr Color kGray = {100, 100, 100};
constexpr std::array<Color, 18> kJointColors = {{{0, 255, 255},
                                                 {0, 191, 255},
                                                 {0, 255, 102},
                                                 {0, 77, 255},
                                                 {0, 255, 0},
                                                 {77, 255, 255},
                                                 {77, 255, 204},
                                                 {77, 204, 255},
                                                 {191, 255, 77},
                                                 {77, 191, 255},
                                                 {191, 255, 77},
                                                 {204, 77, 255},
                                                 {77, 255, 204},
                                                 {191, 77, 255},
                                                 {77, 255, 191},
                                                 {127, 77, 255},
                                                 {77, 255, 127},
                                                 {0, 255, 255}}};

BgrImage gray_picture() {
  return BgrImage(300, 400, 100);
}

Color at(const BgrImage& image, float x, float y) {
  const std::uint8_t* p = image.row(int(y)) + 3 * int(x);
  return {p[0], p[1], p[2]};
}

// Returns a person without visible keypoints; they are on a ring, so that no limb passes through another keypoint.
Person nobody() {
  Person p;
  for (std::size_t k = 0; k < kJoints; ++k) {
    const float angle = 6.2831853f * float(k * 7 % kJoints) / float(kJoints);
    p.joints[k] = {200 + 180 * std::cos(angle), 150 + 130 * std::sin(angle)};
  }
  return p;
}

Person with_joints(std::initializer_list<std::size_t> joints, float score = 1) {
  Person p = nobody();
  for (std::size_t k : joints) p.scores[k] = score;
  return p;
}

Point middle(Point a, Point b) {
  return {(a.x + b.x) / 2, (a.y + b.y) / 2};
}

// Returns the largest difference of two colors' channels.
int apart(const Color& a, const Color& b) {
  int most = 0;
  for (std::size_t c = 0; c < 3; ++c) most = std::max(most, std::abs(int(a[c]) - int(b[c])));
  return most;
}

} // namespace

TEST_CASE("without people, fast keeps the image, dense scales it to half size and back") {
  BgrImage picture = gray_picture();
  for (std::size_t i = 0; i < picture.bytes.size(); ++i) picture.bytes[i] = std::uint8_t(i * 31 % 251);
  CHECK(render(picture, {}, RenderStyle::fast) == picture);
  CHECK(render(picture, {nobody()}, RenderStyle::fast) == picture);
  CHECK(render(picture, {}, RenderStyle::dense) == resize_bicubic(resize_bilinear(picture, 150, 200), 300, 400));
  const BgrImage odd(301, 33, 7);
  CHECK(render(odd, {}, RenderStyle::dense) == odd);
}

TEST_CASE("each keypoint has its color") {
  for (std::size_t k = 0; k < kJoints; ++k) {
    INFO("keypoint " << k);
    const Person p = with_joints({k});
    const Point joint = p.joints[k];
    CHECK(at(render(gray_picture(), {p}, RenderStyle::fast), joint.x, joint.y) == kJointColors[k]);
    CHECK(apart(at(render(gray_picture(), {p}, RenderStyle::dense), joint.x, joint.y), kJointColors[k]) <= 30);
  }
}

TEST_CASE("each limb connects its keypoints, in its color, if both are visible") {
  struct Limb {
    std::size_t a, b;
    Color color;
  };
  const Limb limbs[] = {{0, 1, {0, 215, 255}},    {0, 2, {0, 255, 204}},  {1, 3, {0, 134, 255}},  {2, 4, {0, 255, 50}},   {5, 6, {77, 255, 222}},
                        {5, 7, {77, 196, 255}},   {7, 9, {77, 135, 255}}, {6, 8, {191, 255, 77}}, {8, 10, {77, 255, 77}}, {11, 13, {0, 127, 255}},
                        {12, 14, {255, 127, 77}}, {13, 15, {0, 77, 255}}, {14, 16, {255, 77, 36}}};
  for (const Limb& limb : limbs) {
    const std::size_t a = limb.a, b = limb.b;
    const Color color = limb.color;
    INFO("limb " << a << " " << b);
    const Person p = with_joints({a, b});
    // A third of the limb from its start: the neck is the midpoint of the shoulders.
    const Point third{(2 * p.joints[a].x + p.joints[b].x) / 3, (2 * p.joints[a].y + p.joints[b].y) / 3};
    CHECK(at(render(gray_picture(), {p}, RenderStyle::fast), third.x, third.y) == color);
    CHECK(apart(at(render(gray_picture(), {p}, RenderStyle::dense), third.x, third.y), color) <= 2);
    CHECK(at(render(gray_picture(), {with_joints({a})}, RenderStyle::fast), third.x, third.y) == kGray);
    CHECK(at(render(gray_picture(), {with_joints({b})}, RenderStyle::fast), third.x, third.y) == kGray);
  }
}

TEST_CASE("keypoints of faces and hands are small and white, with thin limbs") {
  Person p = of_set<Person>(find_joint_set("halpe136"));
  p.joints.fill({200, 150});
  p.joints[18] = {60, 60}; // the neck and the middle of the hips are keypoints
  p.joints[19] = {60, 240};
  p.joints[94] = {300, 60}; // a wrist and the first keypoint of the thumb
  p.joints[95] = {300, 240};
  for (std::size_t k : {18u, 19u, 94u, 95u}) p.scores[k] = 1;
  const BgrImage fast = render(gray_picture(), {p}, RenderStyle::fast), dense = render(gray_picture(), {p}, RenderStyle::dense);
  CHECK(at(fast, 60, 150) == Color{204, 77, 255});
  CHECK(at(fast, 62, 150) == Color{204, 77, 255}); // 2 * 2 + 1 pixels wide
  CHECK(at(fast, 300, 150) == Color{255, 255, 255});
  CHECK(at(fast, 302, 150) == kGray);
  CHECK(at(fast, 303, 240) == kGray); // the radius is 2, not 4
  CHECK(apart(at(dense, 60, 150), {204, 77, 255}) <= 2);
  CHECK(at(dense, 306, 150) == kGray);
  CHECK(at(dense, 300, 150) != kGray);
}

TEST_CASE("the neck is the midpoint of the shoulders, drawn by their mean score, and connects to the hips") {
  const Person shoulders = with_joints({5, 6});
  const Point neck = middle(shoulders.joints[5], shoulders.joints[6]);
  Person weak = with_joints({11, 12});
  weak.scores[5] = 0.11f; // with keypoint 6 at 0 the mean is 0.055
  CHECK(at(render(gray_picture(), {weak}, RenderStyle::fast), neck.x, neck.y) != kGray);
  weak.scores[5] = 0.09f;
  CHECK(at(render(gray_picture(), {weak}, RenderStyle::fast), neck.x, neck.y) == kGray);

  for (const auto& [hip, color] : {std::pair<std::size_t, Color>{11, {77, 222, 255}}, {12, {255, 156, 127}}}) {
    const Person p = with_joints({5, 6, hip});
    const Point half = middle(neck, p.joints[hip]);
    CHECK(at(render(gray_picture(), {p}, RenderStyle::fast), half.x, half.y) == color);
    CHECK(at(render(gray_picture(), {shoulders}, RenderStyle::fast), half.x, half.y) == kGray);
  }
}

TEST_CASE("a keypoint needs a score above 0.05") {
  CHECK(render(gray_picture(), {with_joints({0}, 0.05f)}, RenderStyle::fast) == gray_picture());
  CHECK(render(gray_picture(), {with_joints({0}, std::nextafter(0.05f, 1.0f))}, RenderStyle::fast) != gray_picture());
  CHECK(render(gray_picture(), {with_joints({0}, -1)}, RenderStyle::fast) == gray_picture());
}

TEST_CASE("fast limbs grow by two pixels for each whole point of score") {
  const auto painted = [](float score) {
    Person p = with_joints({7, 9}, score);
    p.joints[7] = {100, 50};
    p.joints[9] = {100, 250};
    const BgrImage image = render(gray_picture(), {p}, RenderStyle::fast);
    int count = 0;
    for (int x = 0; x < image.w; ++x) count += at(image, float(x), 150) == Color{77, 135, 255};
    return count;
  };
  const int thinnest = painted(0.49f); // a sum of 0.98
  CHECK(thinnest >= 1);
  CHECK(painted(0.5f) > thinnest);
  CHECK(painted(0.99f) == painted(0.5f));
  CHECK(painted(1.5f) == painted(0.5f) + 4);
}

TEST_CASE("dense shapes are as opaque as their scores") {
  Person p = with_joints({7, 9}, 0.5f);
  p.joints[7] = {100, 50};
  p.joints[9] = {100, 250};
  const BgrImage image = render(gray_picture(), {p}, RenderStyle::dense);
  CHECK(apart(at(image, 100, 150), {89, 118, 178}) <= 1); // half of (77, 135, 255) and 100
  CHECK(at(image, 110, 150) == kGray);
  // Scores above 1 are opaque, not brighter.
  p.scores.fill(0);
  p.scores[7] = p.scores[9] = 3;
  CHECK(at(render(gray_picture(), {p}, RenderStyle::dense), 100, 150) == Color{77, 135, 255});
}

TEST_CASE("a dense image keeps all pixels around its shapes") {
  BgrImage picture = gray_picture();
  for (int y = 0; y < picture.h; ++y) {
    for (int i = 0; i < picture.w * 3; ++i) picture.row(y)[i] = std::uint8_t((i / 3 * 5 + i % 3 * 40 + y * 3) % 256);
  }
  Person p = with_joints({7, 9}, 0.5f);
  p.joints[7] = {397, 260}; // the right and the lower border cut off the patch
  p.joints[9] = {397, 298};
  const BgrImage with = render(picture, {p}, RenderStyle::dense), without = render(picture, {nobody()}, RenderStyle::dense);
  CHECK(at(with, 397, 280) != at(without, 397, 280));
  for (int y = 0; y < picture.h; ++y) {
    for (int x = 0; x < picture.w; ++x) {
      if (x < 380 || y < 240) REQUIRE(at(with, float(x), float(y)) == at(without, float(x), float(y)));
    }
  }
}

TEST_CASE("people outside the image, without a position, or with extreme scores do no harm") {
  Person p = with_joints({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  for (RenderStyle style : {RenderStyle::fast, RenderStyle::dense}) {
    for (Point far : {Point{nan, 5}, Point{5, nan}, Point{inf, 5}, Point{5, -inf}, Point{1e30f, 5}}) {
      p.joints.fill(far);
      CHECK(render(gray_picture(), {p}, style) == gray_picture());
    }
    p.joints.fill({-900, 5000});
    CHECK(render(gray_picture(), {p}, style) == gray_picture());
    p.joints.fill({399, 299});
    CHECK(render(gray_picture(), {p}, style) != gray_picture());
    p.scores.fill(inf);
    p.joints[9] = {0, 0};
    CHECK(render(BgrImage(1, 1, 100), {p}, style).w == 1);
    CHECK(render(gray_picture(), {p}, style) != gray_picture());
    p.scores.fill(1);
  }
}
