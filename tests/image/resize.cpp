// Tests resizing against the plain two-dimensional sum in double.
// SPDX-License-Identifier: MIT
#include "image/resize.h"
#include "tensor/compare.h"
#include "tensor/error.h"
#include "tests/image/pictures.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

using namespace pose;
using namespace pose::test;

namespace {

double cubic(double d) {
  const double a = -0.75, x = std::abs(d);
  if (x <= 1) return (a + 2) * x * x * x - (a + 3) * x * x + 1;
  return x < 2 ? a * x * x * x - 5 * a * x * x + 8 * a * x - 4 * a : 0;
}

double linear(double d) {
  return std::max(0.0, 1 - std::abs(d));
}

// Not rounded: the caller's bound limits the distance to the rounded result.
std::vector<float> direct(const BgrImage& image, int h, int w, double (*kernel)(double)) {
  std::vector<float> out;
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      const double from_y = (y + 0.5) * image.h / h - 0.5, from_x = (x + 0.5) * image.w / w - 0.5;
      for (int c = 0; c < 3; ++c) {
        double sum = 0;
        for (int i = int(std::floor(from_y)) - 1; i <= std::floor(from_y) + 2; ++i) {
          for (int j = int(std::floor(from_x)) - 1; j <= std::floor(from_x) + 2; ++j) {
            sum += image.row(std::clamp(i, 0, image.h - 1))[std::clamp(j, 0, image.w - 1) * 3 + c] * kernel(i - from_y) * kernel(j - from_x);
          }
        }
        out.push_back(float(std::clamp(sum, 0.0, 255.0)));
      }
    }
  }
  return out;
}

struct Sizes {
  int h, w, to_h, to_w;
};

const Sizes kSizes[] = {{5, 7, 5, 7},   {5, 7, 13, 3},  {1, 9, 4, 20}, {9, 1, 20, 4},    {1, 1, 6, 5},
                        {2, 2, 31, 33}, {40, 50, 7, 9}, {3, 4, 1, 1},  {17, 23, 16, 24}, {60, 30, 20, 10}};

} // namespace

TEST_CASE("both kernels match the direct sum, rounded") {
  for (const Sizes& s : kSizes) {
    CAPTURE(s.h);
    CAPTURE(s.to_h);
    const BgrImage image = noise_image(s.h, s.w, std::uint32_t(s.h + s.to_w));
    const Difference cubic_d = compare(as_floats(resize_bicubic(image, s.to_h, s.to_w)), direct(image, s.to_h, s.to_w, cubic), 0.5001);
    CHECK_MESSAGE(cubic_d.ok(), cubic_d.text());
    const Difference linear_d = compare(as_floats(resize_bilinear(image, s.to_h, s.to_w)), direct(image, s.to_h, s.to_w, linear), 0.5001);
    CHECK_MESSAGE(linear_d.ok(), linear_d.text());
  }
}

TEST_CASE("resizing to the same size keeps every byte") {
  for (const auto& [h, w] : {std::pair{1, 1}, {1, 40}, {33, 2}, {19, 27}}) {
    const BgrImage image = noise_image(h, w, 11);
    CHECK(resize_bicubic(image, h, w) == image);
    CHECK(resize_bilinear(image, h, w) == image);
  }
}

TEST_CASE("an image of one color keeps that color, black and white included") {
  for (int value : {0, 1, 127, 254, 255}) {
    const BgrImage image(6, 10, std::uint8_t(value));
    CHECK(resize_bicubic(image, 31, 7) == BgrImage(31, 7, std::uint8_t(value)));
    CHECK(resize_bilinear(image, 31, 7) == BgrImage(31, 7, std::uint8_t(value)));
  }
}

TEST_CASE("ties go to the even neighbor") {
  BgrImage image(1, 2);
  for (int c = 0; c < 3; ++c) image.row(0)[3 + c] = std::uint8_t(1 + 2 * c); // halfway: 0.5, 1.5, 2.5
  const BgrImage half = resize_bilinear(image, 1, 1);
  CHECK(int(half.bytes[0]) == 0);
  CHECK(int(half.bytes[1]) == 2);
  CHECK(int(half.bytes[2]) == 2);
}

TEST_CASE("empty images are refused") {
  CHECK_THROWS_AS(resize_bicubic(BgrImage(), 3, 3), Error);
  CHECK_THROWS_AS(resize_bilinear(BgrImage(3, 3), 0, 3), Error);
}

TEST_CASE("an image that was moved from is empty") {
  BgrImage image(2, 3, 7);
  BgrImage taken = std::move(image);
  CHECK(taken.bytes.size() == 18);
  CHECK(image == BgrImage());
  image = std::move(taken);
  CHECK(taken == BgrImage());
  CHECK(image == BgrImage(2, 3, 7));
}
