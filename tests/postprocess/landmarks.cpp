// Tests what is read of BlazePose's outputs: regions, turned crops, places, visibility and 3D.
// SPDX-License-Identifier: MIT
#include "postprocess/landmarks.h"
#include "tensor/tensor.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numbers>

using namespace pose;

namespace {

constexpr int kSide = 256, kLandmarks = 33;
constexpr float kQuarter = float(std::numbers::pi / 2);

// Outputs for two images, all 0.
struct Outputs {
  Tensor places{Shape{2, 1, 1, (kLandmarks + kExtraLandmarks) * kLandmarkValues}}, presence{Shape{2, 1, 1, 1}}, world{Shape{2, 1, 1, 3 * kLandmarks}};

  void set(int k, float x, float y, float visibility = 0) {
    places.view().at(1, 0, 0, k * kLandmarkValues) = x;
    places.view().at(1, 0, 0, k * kLandmarkValues + 1) = y;
    places.view().at(1, 0, 0, k * kLandmarkValues + 3) = visibility;
  }
  LandmarkOutputs view() const { return {places.view(), presence.view(), world.view()}; }
  Region aligned(const Region& region) const { return aligned_region(view(), 1, region, kSide, kSide, *find_joint_set("blazepose33")); }
  Candidate candidate(const Region& region) const { return landmarks_of(view(), 1, crop_of(region), kSide, kSide, find_joint_set("blazepose33")); }
};

void check_region(const Region& r, float x, float y, float side, float angle) {
  CHECK(r.center.x == doctest::Approx(x));
  CHECK(r.center.y == doctest::Approx(y));
  CHECK(r.width == doctest::Approx(side));
  CHECK(r.height == doctest::Approx(side));
  CHECK(r.angle == doctest::Approx(angle));
}

} // namespace

TEST_CASE("the first region is a square around the box") {
  check_region(region_around({10, 20, 50, 100}), 30, 60, 100, 0);
  check_region(region_around({0, 0, 200, 40}), 100, 20, 250, 0);
}

TEST_CASE("the second region is the circle around the body, turned until the body is upright") {
  Outputs out;
  out.set(kLandmarks, 128, 128);    // the hips
  out.set(kLandmarks + 1, 128, 64); // the top of the circle, 64 pixels above
  const Region region{{300, 200}, 512, 512};
  check_region(out.aligned(region), 300, 200, 2 * 128 * 1.25f, 0);
  out.set(kLandmarks + 1, 192, 128); // a body on its side, with the head on the right
  check_region(out.aligned(region), 300, 200, 320, kQuarter);
  out.set(kLandmarks + 1, 64, 128);
  check_region(out.aligned(region), 300, 200, 320, -kQuarter);
  out.set(kLandmarks, 192, 128); // off the center of a turned region
  out.set(kLandmarks + 1, 192, 64);
  check_region(out.aligned({{300, 200}, 512, 512, kQuarter}), 300, 328, 320, kQuarter);
}

TEST_CASE("without a circle the region stays as it is") {
  const Region region{{300, 200}, 512, 512, 0.5f};
  Outputs out;
  for (const float x : {0.0f, 0.1f, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    out.set(kLandmarks + 1, x, 0);
    check_region(out.aligned(region), 300, 200, 512, 0.5f);
  }
}

TEST_CASE("landmarks are mapped to the image, their score is the visibility of a person who is there") {
  Outputs out;
  out.set(0, 192, 64, 2);
  out.presence.view().at(1, 0, 0, 0) = 0.5f;
  for (int axis = 0; axis < 3; axis++) out.world.view().at(1, 0, 0, axis) = float(axis + 1);
  const Candidate c = out.candidate({{300, 200}, 512, 512});
  REQUIRE((c.joints.size() == 33 && c.world.size() == 33 && c.set->name == "blazepose33"));
  CHECK((c.joints[0].x == 428 && c.joints[0].y == 72));
  CHECK(c.scores[0] == doctest::Approx(0.5 / (1 + std::exp(-2.0))));
  CHECK(c.scores[1] == doctest::Approx(0.25));
  CHECK((c.world[0].x == 1 && c.world[0].y == 2 && c.world[0].z == 3));
  const Candidate turned = out.candidate({{300, 200}, 512, 512, kQuarter}); // clockwise: right of the center becomes below, above becomes right
  CHECK(turned.joints[0].x == doctest::Approx(428));
  CHECK(turned.joints[0].y == doctest::Approx(328));
  CHECK(turned.world[0].x == doctest::Approx(-2));
  CHECK(turned.world[0].y == doctest::Approx(1));
  CHECK(turned.world[0].z == 3);
}

TEST_CASE("a turned crop shows the image turned") {
  BgrImage image(64, 64, 0);
  for (int y = 0; y < 64; y++) {
    for (int x = 0; x < 64; x++) image.row(y)[x * 3] = std::uint8_t(x * 3), image.row(y)[x * 3 + 2] = std::uint8_t(y * 3);
  }
  Tensor upright({1, 32, 32, 3}, Layout::compact), turned({1, 32, 32, 3}, Layout::compact);
  crop(image, crop_of(Region{{32, 32}, 32, 32}), {}, upright.view(), 0);
  crop(image, crop_of(Region{{32, 32}, 32, 32, kQuarter}), {}, turned.view(), 0);
  // The place (x, y) of the turned crop shows (-y, x) from the center.
  for (int y = 1; y < 32; y++) {
    for (int x = 0; x < 32; x++) {
      for (int c : {0, 2}) CHECK(turned.view().at(0, y, x, c) == doctest::Approx(upright.view().at(0, x, 32 - y, c)).epsilon(0.02));
    }
  }
}
