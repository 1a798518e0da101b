// Tests heatmap decoding: peaks, shifts and borders, the mapping to the image, the flip test.
// SPDX-License-Identifier: MIT
#include "postprocess/heatmap.h"
#include "tensor/tensor.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace pose;

namespace {

constexpr int kH = 6, kW = 5; // w - 1 and h - 1 differ, and neither is 63 or 79

struct Map {
  Tensor tensor{Shape{1, kH, kW, kJoints}, Layout::blocked, 1};

  Map& set(int x, int y, float value) {
    tensor.view().at(0, y, x, 16) = value;
    return *this;
  }
  Map& fill(float value) {
    for (int y = 0; y < kH; ++y) {
      for (int x = 0; x < kW; ++x) set(x, y, value);
    }
    return *this;
  }
  Peak peak(PeakRule rule = {}) { return find_peak(tensor.view(), 0, 16, rule); } // a channel of the second block
  Peak center() { return find_center(tensor.view(), 0, 16); }
};

void check_at(const Peak& peak, float x, float y) {
  CHECK(peak.at.x == x + 0.2f);
  CHECK(peak.at.y == y + 0.2f);
}

} // namespace

TEST_CASE("a peak moves a quarter of a pixel towards the higher neighbor, and 0.2 more") {
  check_at(Map().set(2, 3, 1).peak(), 2, 3);
  check_at(Map().set(2, 3, 1).set(3, 3, 0.1f).peak(), 2.25f, 3);
  check_at(Map().set(2, 3, 1).set(1, 3, 0.1f).set(2, 4, 0.1f).peak(), 1.75f, 3.25f);
  check_at(Map().set(2, 3, 1).set(1, 3, 0.1f).set(3, 3, 0.1f).set(2, 2, 0.5f).peak(), 2, 2.75f);
  CHECK(Map().set(2, 3, 0.75f).peak().score == 0.75f);
}

TEST_CASE("a peak on the border of one axis moves on neither axis") {
  check_at(Map().set(0, 3, 1).set(0, 4, 0.5f).peak(), 0, 3);
  check_at(Map().set(kW - 1, 3, 1).set(kW - 1, 4, 0.5f).peak(), kW - 1, 3);
  check_at(Map().set(2, 0, 1).set(3, 0, 0.5f).peak(), 2, 0);
  check_at(Map().set(2, kH - 1, 1).set(3, kH - 1, 0.5f).peak(), 2, kH - 1);
  check_at(Map().set(kW - 2, kH - 2, 1).set(kW - 1, kH - 2, 0.5f).peak(), kW - 1.75f, kH - 2);
}

TEST_CASE("the first of equal maxima wins") {
  check_at(Map().set(3, 2, 1).set(1, 4, 1).peak(), 3, 2);
  check_at(Map().set(3, 2, 1).set(1, 2, 1).peak(), 1, 2);
}

TEST_CASE("a map without a positive value gives the corner, and its maximum as the score") {
  const Peak negative = Map().fill(-2).set(2, 3, -0.5f).peak(), zero = Map().peak();
  check_at(negative, 0, 0);
  CHECK(negative.score == -0.5f);
  check_at(zero, 0, 0);
  CHECK(zero.score == 0);
}

TEST_CASE("a NaN in the map is its maximum") {
  const Peak peak = Map().set(2, 3, 1).set(3, 4, std::numeric_limits<float>::quiet_NaN()).peak();
  CHECK(std::isnan(peak.score));
  check_at(peak, 0, 0);
}

TEST_CASE("a peak on 80 x 64 maps is mapped back through the crop") {
  // 160 high, 128 wide: exactly the map's shape, 2 pixels per cell; with center (63.5, 79.5) the offset is 0.
  const CropBox exact{{100, 200}, {228, 360}};
  CHECK(to_image(Point{10, 20}, exact, 80, 64).x == 120);
  CHECK(to_image(Point{10, 20}, exact, 80, 64).y == 240);
  // 40 wide, 160 high: the crop was padded to 128 wide, (127 - 39) / 2 = 44 on the left.
  const CropBox narrow{{100, 200}, {140, 360}};
  CHECK(to_image(Point{10, 20}, narrow, 80, 64).x == 76);
  CHECK(to_image(Point{10, 20}, narrow, 80, 64).y == 240);
  // 128 wide, 40 high: the width decides, 128 * 1.25 = 160 high, (159 - 39) / 2 = 60 above.
  const CropBox flat{{100, 200}, {228, 240}};
  CHECK(to_image(Point{10, 20}, flat, 80, 64).x == 120);
  CHECK(to_image(Point{10, 20}, flat, 80, 64).y == 180);
}

TEST_CASE("a plain peak has no offset, and is not moved next to the left and the upper border") {
  const Peak inside = Map().set(2, 3, 1).set(3, 3, 0.1f).peak(kPlainPeaks), left = Map().set(1, 3, 1).set(2, 3, 0.1f).peak(kPlainPeaks);
  CHECK((inside.at.x == 2.25f && inside.at.y == 3));
  CHECK((left.at.x == 1 && left.at.y == 3));
  const Peak upper = Map().set(2, 1, 1).set(2, 2, 0.1f).peak(kPlainPeaks), right = Map().set(3, 3, 1).set(2, 3, 0.1f).peak(kPlainPeaks);
  CHECK((upper.at.x == 2 && upper.at.y == 1));
  CHECK((right.at.x == 2.75f && right.at.y == 3));
}

TEST_CASE("the center of mass weights pixels by the logistic function") {
  const Peak flat = Map().fill(-3).center(), one = Map().fill(-100).set(3, 1, 2).center();
  CHECK((flat.at.x == 2 && flat.at.y == 2.5f));
  CHECK(flat.score == doctest::Approx(1 / (1 + std::exp(3.0))));
  CHECK((one.at.x == 3 && one.at.y == 1));
  CHECK(one.score == doctest::Approx(1 / (1 + std::exp(-2.0))));
  const Peak two = Map().fill(-100).set(1, 1, 0).set(4, 1, 1).center();
  const double near = 0.5, far = 1 / (1 + std::exp(-1.0));
  CHECK(two.at.x == doctest::Approx((near + 4 * far) / (near + far)));
  const Peak broken = Map().set(3, 3, std::numeric_limits<float>::quiet_NaN()).center();
  CHECK((std::isnan(broken.at.x) && std::isnan(broken.at.y) && std::isnan(broken.score)));
}

TEST_CASE("a peak of a region is mapped back by the region's center and width") {
  const CropBox crop = centered({100, 200, 148, 232}, 256, 192); // 48 wide, 64 high for the aspect ratio, 1.25 times of this: 60 x 80
  REQUIRE(crop.region.has_value());
  CHECK((crop.region->width == 60 && crop.region->height == 80));
  CHECK((crop.pt1.x == 94 && crop.pt1.y == 176 && crop.pt2.x == 154 && crop.pt2.y == 256));
  const Point at = to_image(Point{12, 40}, crop, 64, 48);
  CHECK((at.x == 94 + 15 && at.y == 176 + 50));
}

TEST_CASE("a peak on 64 x 48 maps is mapped back with that map's sides") {
  // 96 wide, 40 high: 96 * 4 / 3 = 128 high, 2 pixels per cell, (127 - 39) / 2 = 44 above.
  const CropBox flat{{100, 200}, {196, 240}};
  CHECK(to_image(Point{10, 20}, flat, 64, 48).x == doctest::Approx(120));
  CHECK(to_image(Point{10, 20}, flat, 64, 48).y == doctest::Approx(196));
  // 24 wide, 128 high: 96 wide with the padding, (95 - 23) / 2 = 36.
  const CropBox narrow{{100, 200}, {124, 328}};
  CHECK(to_image(Point{10, 20}, narrow, 64, 48).x == 84);
  CHECK(to_image(Point{10, 20}, narrow, 64, 48).y == 240);
}

TEST_CASE("the flip test averages with the mirrored map, left and right swapped") {
  Tensor maps(Shape{2, 2, 3, 33}), mirrored(Shape{2, 2, 3, 33});
  const auto value = [](int n, int y, int x, int c) { return float(c * 1000 + n * 100 + y * 10 + x); };
  for (int n = 0; n < 2; ++n) {
    for (int y = 0; y < 2; ++y) {
      for (int x = 0; x < 3; ++x) {
        for (int c = 0; c < 33; ++c) {
          maps.view().at(n, y, x, c) = value(n, y, x, c);
          mirrored.view().at(n, y, x, c) = -3 * value(n, y, x, c);
        }
      }
    }
  }
  average_flipped(maps.view(), mirrored.view(), 1, *coco_joints());
  constexpr std::array<int, kJoints> kPartner = {0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15};
  for (int y = 0; y < 2; ++y) {
    for (int x = 0; x < 3; ++x) {
      for (int c = 0; c < kJoints; ++c) {
        CHECK(maps.view().at(1, y, x, c) == (value(1, y, x, c) - 3 * value(1, y, 2 - x, kPartner[std::size_t(c)])) / 2);
      }
      CHECK(maps.view().at(0, y, x, 5) == value(0, y, x, 5));             // another image
      CHECK(maps.view().at(1, y, x, kJoints) == value(1, y, x, kJoints)); // a map that is not a keypoint's
    }
  }
}
