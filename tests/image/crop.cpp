// Tests crops: enlarging boxes, the affine map, and which pixels are read and written.
// SPDX-License-Identifier: MIT
#include "image/crop.h"
#include "tensor/compare.h"
#include "tensor/error.h"
#include "tensor/tensor.h"
#include "tests/image/pictures.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

using namespace pose;
using namespace pose::test;

namespace {

constexpr CropNormalize kMean{{0.25f, 0.5f, 0.125f}, {1, 1, 1}};

bool same(Point p, float x, float y) {
  return p.x == x && p.y == y;
}

Tensor cropped(const BgrImage& image, const CropBox& box, const CropNormalize& normalise, int h = 64, int w = 48) {
  Tensor t({1, h, w, 3}, Layout::compact);
  crop(image, box, normalise, t.view(), 0);
  return t;
}

std::vector<float> values(const Tensor& t) {
  std::vector<float> out(static_cast<std::size_t>(t.shape().count()));
  to_nchw(t.view(), out.data());
  return out;
}

} // namespace

TEST_CASE("boxes grow by 0.15 of their size on each side") {
  const CropBox inside = enlarge({200, 100, 300, 300}, 1000, 1000);
  CHECK(same(inside.pt1, 185, 70));
  CHECK(same(inside.pt2, 315, 330));
  const CropBox clipped = enlarge({0, 0, 640, 480}, 480, 640);
  CHECK(same(clipped.pt1, 0, 0));
  CHECK(same(clipped.pt2, 639, 479));
  const CropBox tiny = enlarge({640, 480, 640, 480}, 480, 640); // at least 5 pixels, outside the image if necessary
  CHECK(same(tiny.pt1, 640, 480));
  CHECK(same(tiny.pt2, 645, 485));
}

TEST_CASE("the webcam rule depends on the width only") {
  CHECK(same(enlarge({200, 200, 300, 600}, 2000, 2000, CropRule::webcam).pt1, 185, 140)); // 100 is not more than 100
  CHECK(same(enlarge({200, 200, 304, 600}, 2000, 2000, CropRule::webcam).pt1, 200 - 104 * 0.2f / 2, 160));
  CHECK(same(enlarge({200, 200, 304, 600}, 2000, 2000, CropRule::demo).pt1, 200 - 104 * 0.3f / 2, 140));
}

TEST_CASE("the affine map takes the padded box to the corners of the input") {
  for (const auto& [h, w] : {std::pair{320, 256}, {256, 192}, {64, 64}}) {
    for (const CropBox& box : {CropBox{{10.7f, 20.2f}, {110.9f, 300.4f}}, CropBox{{0, 0}, {400, 30}}, CropBox{{5, 5}, {10, 10}}}) {
      const CropGeometry g = crop_geometry(box, h, w);
      CHECK(g.u0 == int(box.pt1.x));
      CHECK(g.v0 == int(box.pt1.y));
      CHECK(g.u1 == int(box.pt2.x - 1));
      CHECK(g.v1 == int(box.pt2.y - 1));
      const auto& m = g.to_image;
      CHECK(std::abs(m[0] - m[4]) < 1e-9); // a similarity ...
      CHECK(std::abs(m[1] + m[3]) < 1e-9);
      CHECK(std::abs(m[1]) * h < 2); // ... that turns by less than the two pixels that flooring can cost
      // Both corners are outside the box or on it, equally far on both sides, and one axis fills the input.
      const double left = g.u0 - m[2], top = g.v0 - m[5];
      const double right = m[0] * (w - 1) + m[1] * (h - 1) + m[2] - g.u1, bottom = m[3] * (w - 1) + m[4] * (h - 1) + m[5] - g.v1;
      CHECK(std::abs(left - right) < 1e-6);
      CHECK(std::abs(top - bottom) < 1e-6);
      CHECK(std::min(left, top) > -1e-6);
      CHECK(std::min(left, top) < 1);
      CHECK(std::abs(left - std::round(left)) < 1e-6); // padding is floored to whole pixels
      CHECK(std::abs(top - std::round(top)) < 1e-6);
    }
  }
}

TEST_CASE("a ramp is read at the mapped position to 1/32 pixel") {
  BgrImage ramp(200, 250);
  for (int y = 0; y < 200; ++y) {
    for (int x = 0; x < 250; ++x) {
      ramp.row(y)[x * 3 + 2] = std::uint8_t(x);
      ramp.row(y)[x * 3 + 1] = std::uint8_t(y);
    }
  }
  const CropBox box{{20, 10}, {200, 190}};
  const CropGeometry g = crop_geometry(box, 64, 48);
  const Tensor t = cropped(ramp, box, {});
  const auto& m = g.to_image;
  std::vector<float> got, want;
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 48; ++x) {
      const double u = m[0] * x + m[1] * y + m[2], v = m[3] * x + m[4] * y + m[5];
      if (u < g.u0 || u > g.u1 || v < g.v0 || v > g.v1) continue;
      got.push_back(t.view().at(0, y, x, 0) * 255);
      want.push_back(float(u));
      got.push_back(t.view().at(0, y, x, 1) * 255);
      want.push_back(float(v));
    }
  }
  CHECK(got.size() > 2000);
  const Difference d = compare(got, want, 1 / 64. + 2 / 1024. + 1e-4); // half a step, two roundings of 1/1024
  CHECK_MESSAGE(d.ok(), d.text());
}

TEST_CASE("outside the box the crop is 0 after normalization") {
  BgrImage image(100, 120, 255);
  const CropBox box{{30, 20}, {60, 90}};
  const std::vector<float> plain = values(cropped(image, box, kMean));
  CHECK(plain[0] == 0); // the box is too narrow: left and right of it is padding
  CHECK(plain[32 * 48 + 24] == 0.75f);
  for (int y = 0; y < 100; ++y) {
    for (int x = 0; x < 120; ++x) {
      if (x < 30 || x > 59 || y < 20 || y > 89) std::fill_n(image.row(y) + x * 3, 3, std::uint8_t(y + x));
    }
  }
  CHECK(values(cropped(image, box, kMean)) == plain);
  // A box that is partly outside the image, and one entirely outside.
  CHECK(values(cropped(image, {{110, 90}, {150, 130}}, kMean)).back() == 0);
  const std::vector<float> nothing = values(cropped(image, {{500, 500}, {540, 550}}, kMean));
  CHECK(std::count(nothing.begin(), nothing.end(), 0.f) == std::ptrdiff_t(nothing.size()));
}

TEST_CASE("normalization: mean, std, channel order, and images of 0 and 1") {
  BgrImage image(80, 60);
  for (std::size_t i = 0; i < image.bytes.size(); ++i) image.bytes[i] = std::array<std::uint8_t, 3>{51, 102, 204}[i % 3];
  const CropBox box{{0, 0}, {60, 80}};
  const CropNormalize normalise{{0.5f, 0.25f, 0.125f}, {0.5f, 0.25f, 2}};
  const auto centre = [&](const BgrImage& picture) {
    const Tensor t = cropped(picture, box, normalise);
    return std::array<float, 3>{t.view().at(0, 30, 20, 0), t.view().at(0, 30, 20, 1), t.view().at(0, 30, 20, 2)};
  };
  const std::array<float, 3> want{(204 / 255.f - 0.5f) / 0.5f, (102 / 255.f - 0.25f) / 0.25f, (51 / 255.f - 0.125f) / 2};
  const Difference d = compare(centre(image), want, 1e-6);
  CHECK_MESSAGE(d.ok(), d.text());

  const BgrImage ones(80, 60, 1);
  const Difference undivided = compare(centre(ones), std::array<float, 3>{1, 3, 0.4375f}, 1e-6);
  CHECK_MESSAGE(undivided.ok(), undivided.text());
  BgrImage one_brighter = ones;
  one_brighter.bytes.back() = 2; // one byte of the image decides
  const Difference divided =
      compare(centre(one_brighter), std::array<float, 3>{(1 / 255.f - 0.5f) / 0.5f, (1 / 255.f - 0.25f) / 0.25f, (1 / 255.f - 0.125f) / 2}, 1e-6);
  CHECK_MESSAGE(divided.ok(), divided.text());
}

TEST_CASE("only image n of the input is written, in every layout") {
  const BgrImage image = noise_image(90, 70, 3);
  const CropBox box = enlarge({10, 10, 50, 80}, 90, 70);
  const std::vector<float> want = values(cropped(image, box, kMean));
  for (Layout layout : {Layout::blocked, Layout::compact, Layout::rows}) {
    Tensor t({3, 64, 48, 3}, layout, layout == Layout::rows ? 0 : 3);
    crop(image, box, kMean, t.view(), 1);
    const std::vector<float> all = values(t);
    const std::size_t one = want.size();
    CHECK(std::equal(want.begin(), want.end(), all.begin() + std::ptrdiff_t(one)));
    CHECK(std::count(all.begin(), all.begin() + std::ptrdiff_t(one), 0.f) == std::ptrdiff_t(one));
    CHECK(std::count(all.begin() + std::ptrdiff_t(2 * one), all.end(), 0.f) == std::ptrdiff_t(one));
    float halo = 0;
    for (int i = -t.view().halo; i < 0; ++i) halo += std::abs(t.view().at(1, i, i, 0)) + std::abs(t.view().at(1, 63 - i, 47 - i, 0));
    CHECK(halo == 0);
  }
  Tensor t({1, 64, 48, 3}, Layout::compact);
  CHECK_THROWS_AS(crop(image, box, kMean, t.view(), 1), Error);
}

TEST_CASE("boxes that are not valid give finite crops") {
  const BgrImage image = noise_image(50, 40, 8);
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const float odd[] = {-inf, -1e30f, -3, 0, 7.5f, 1e9f, 1e30f, inf, nan};
  for (float x1 : odd) {
    for (float y1 : odd) {
      for (float x2 : odd) {
        for (const CropBox& box : {enlarge({x1, y1, x2, y1}, 50, 40), CropBox{{x1, y1}, {x2, x2}}}) {
          const std::vector<float> got = values(cropped(image, box, kMean, 8, 6));
          CHECK(std::all_of(got.begin(), got.end(), [](float v) { return std::abs(v) <= 1; }));
        }
      }
    }
  }
}
