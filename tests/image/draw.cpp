// Tests drawing: covered pixels, clipping at any coordinate, text, blending.
// SPDX-License-Identifier: MIT
#include "image/draw.h"
#include "tensor/error.h"
#include "tests/image/pictures.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <climits>
#include <cmath>
#include <cstdlib>
#include <functional>

using namespace pose;
using namespace pose::test;

namespace {

constexpr Color kColor{250, 100, 50};

// Draws a shape with its origin at `at`.
using Draw = std::function<void(BgrImage&, Pixel at)>;

std::vector<Draw> shapes() {
  const auto plus = [](Pixel p, int x, int y) { return Pixel{p.x + x, p.y + y}; };
  return {[](BgrImage& i, Pixel p) { fill_circle(i, p, 9, kColor); },
          [](BgrImage& i, Pixel p) { fill_circle(i, p, 0, kColor); },
          [=](BgrImage& i, Pixel p) { draw_line(i, plus(p, -14, -3), plus(p, 12, 10), 5, kColor); },
          [=](BgrImage& i, Pixel p) { draw_line(i, plus(p, -4, 13), plus(p, 2, -12), 1, kColor); },
          [=](BgrImage& i, Pixel p) { draw_line(i, plus(p, -13, 0), plus(p, 13, 0), 2, kColor); },
          [=](BgrImage& i, Pixel p) { draw_rectangle(i, plus(p, -10, -8), plus(p, 10, 8), 3, kColor); },
          [=](BgrImage& i, Pixel p) { fill_rectangle(i, plus(p, 7, -8), plus(p, -5, 3), kColor); },
          [](BgrImage& i, Pixel p) { fill_ellipse(i, p, 13, 5, 30, kColor); },
          [](BgrImage& i, Pixel p) { fill_ellipse(i, p, 12, 0, -80, kColor); }};
}

int changed(const BgrImage& image, std::uint8_t background = 0) {
  return int(std::count_if(image.bytes.begin(), image.bytes.end(), [=](std::uint8_t v) { return v != background; }));
}

bool is_color(const BgrImage& image, int y, int x) {
  return std::equal(kColor.begin(), kColor.end(), image.row(y) + x * 3);
}

double area(const BgrImage& image) { // in fully covered pixels
  double sum = 0;
  for (std::size_t i = 0; i < image.bytes.size(); i += 3) sum += image.bytes[i];
  return sum / kColor[0];
}

} // namespace

TEST_CASE("a shape that the border cuts keeps its pixels inside the image") {
  const int margin = 40, h = 25, w = 31;
  for (const Draw& draw : shapes()) {
    for (int y = -20; y < h + 20; y += 5) {
      for (int x = -20; x < w + 20; x += 5) {
        BgrImage small(h, w), large(h + 2 * margin, w + 2 * margin);
        draw(small, {x, y});
        draw(large, {x + margin, y + margin});
        for (int row = 0; row < h; ++row) {
          CHECK(std::equal(small.row(row), small.row(row) + w * 3, large.row(row + margin) + margin * 3));
        }
      }
    }
  }
}

TEST_CASE("any coordinates are safe and quick") {
  const int far[] = {INT_MIN, INT_MIN / 2, -100000, -1, 0, 10, 100000, INT_MAX / 2, INT_MAX};
  BgrImage image(20, 30);
  for (int a : far) {
    for (int b : far) {
      for (int c : far) {
        for (int d : {INT_MIN, -5, 0, 10, INT_MAX}) {
          draw_line(image, {a, b}, {c, d}, 3, kColor);
          draw_line(image, {a, b}, {b, c}, d, kColor);
          draw_rectangle(image, {a, b}, {c, d}, 3, kColor);
          draw_rectangle(image, {a, b}, {b, a}, d, kColor);
          fill_rectangle(image, {a, b}, {c, d}, kColor);
          fill_ellipse(image, {a, b}, c, 7, d, kColor);
          fill_ellipse(image, {a, b}, c, d, c, kColor);
        }
        fill_circle(image, {a, b}, c, kColor);
      }
      draw_text(image, {a, b}, "far", 12, kColor);
    }
  }
  BgrImage none;
  for (const Draw& draw : shapes()) draw(none, {0, 0});
  CHECK(none.bytes.empty());

  BgrImage clean(20, 30);
  fill_circle(clean, {INT_MAX, INT_MIN}, 1000, kColor);
  draw_line(clean, {-5, -1000000}, {-5, 1000000}, 3, kColor);
  CHECK(changed(clean) == 0);
  draw_line(clean, {INT_MIN, 10}, {INT_MAX, 10}, 1, kColor);
  CHECK(changed(clean) == 30 * 3); // one row across the whole width
  fill_circle(clean, {15, 10}, INT_MAX, kColor);
  CHECK(std::all_of(clean.bytes.begin(), clean.bytes.end(), [i = 0u](std::uint8_t v) mutable { return v == kColor[i++ % 3]; }));
}

TEST_CASE("circles are round, centered and of the right size") {
  for (int radius : {0, 1, 2, 4, 9}) {
    CAPTURE(radius);
    BgrImage image(31, 31);
    fill_circle(image, {15, 15}, radius, kColor);
    CHECK(is_color(image, 15, 15));
    for (const Pixel& p : {Pixel{1, 0}, Pixel{-1, 0}, Pixel{0, 1}, Pixel{0, -1}}) {
      CHECK((radius == 0 || is_color(image, 15 + p.y * (radius - 1), 15 + p.x * (radius - 1))));
      CHECK(image.row(15 + p.y * radius)[(15 + p.x * radius) * 3] > kColor[0] / 2); // the rim is soft
    }
    CHECK(image.row(15)[(15 + radius + 1) * 3] == 0);
    CHECK(image.row(15 - radius - 1)[15 * 3] == 0);
    const double reach = radius == 0 ? 0.5 : radius + 0.1;
    CHECK(std::abs(area(image) - 3.14159 * reach * reach) < 0.04 * 2 * 3.14159 * (radius + 1)); // 0.04 pixels of the rim
    for (int y = 0; y < 31; ++y) {
      for (int x = 0; x < 31; ++x) CHECK((image.row(y)[x * 3] == image.row(x)[y * 3] && image.row(y)[x * 3] == image.row(30 - y)[(30 - x) * 3]));
    }
  }
}

TEST_CASE("lines have their thickness and round ends") {
  BgrImage straight(20, 40);
  draw_line(straight, {10, 10}, {30, 10}, 5, kColor);
  for (int x = 10; x <= 30; ++x) {
    for (int y = 8; y <= 12; ++y) CHECK(is_color(straight, y, x));
    for (int side : {7, 13}) CHECK((straight.row(side)[x * 3] > kColor[0] / 2 && straight.row(side)[x * 3] < kColor[0])); // OpenCV's extra row, soft
    for (int outside : {6, 14}) CHECK(straight.row(outside)[x * 3] == 0);
  }
  CHECK(is_color(straight, 10, 8));
  CHECK(straight.row(10)[6 * 3] == 0);
  CHECK(!is_color(straight, 8, 8)); // no corner there
  for (int thickness : {1, 3, 7}) {
    BgrImage slanted(80, 80);
    draw_line(slanted, {20, 25}, {60, 55}, thickness, kColor); // length 50
    const double width = thickness == 1 ? 1 : thickness + 1.4;
    CHECK(std::abs(area(slanted) - (50 * width + 3.14159 * width * width / 4)) < 0.02 * 50 * width + 1);
  }
}

TEST_CASE("rectangles are crisp") {
  BgrImage image(20, 20);
  draw_rectangle(image, {15, 14}, {4, 3}, 1, kColor);
  CHECK(changed(image) == 3 * (2 * 12 + 2 * 10));
  CHECK((is_color(image, 3, 4) && is_color(image, 14, 15) && is_color(image, 3, 15) && !is_color(image, 4, 5)));
  BgrImage filled(20, 20);
  fill_rectangle(filled, {15, 14}, {4, 3}, kColor);
  CHECK(changed(filled) == 3 * 12 * 12);
}

TEST_CASE("ellipses have their axes, rotation and area") {
  BgrImage image(61, 61), turned(61, 61);
  fill_ellipse(image, {30, 30}, 20, 8, 0, kColor);
  fill_ellipse(turned, {30, 30}, 20, 8, 90, kColor);
  CHECK((is_color(image, 30, 50) && is_color(image, 38, 30) && image.row(30)[51 * 3] == 0 && image.row(39)[30 * 3] == 0));
  for (int y = 0; y < 61; ++y) {
    for (int x = 0; x < 61; ++x) CHECK(std::abs(turned.row(y)[x * 3] - image.row(x)[y * 3]) <= 1);
  }
  BgrImage tilted(61, 61);
  fill_ellipse(tilted, {30, 30}, 20, 4, 45, kColor); // clockwise: from the upper left to the lower right
  CHECK((is_color(tilted, 43, 43) && is_color(tilted, 17, 17) && tilted.row(43)[17 * 3] == 0));
  for (int degrees : {0, 17, 45, 133, 360, -400}) {
    BgrImage one(61, 61);
    fill_ellipse(one, {30, 30}, 20, 8, degrees, kColor);
    CHECK(std::abs(area(one) - 3.14159 * 20.5 * 8.5) < 5);
  }
}

TEST_CASE("text is drawn at its place or not at all") {
  BgrImage image(40, 200);
  const int width = draw_text(image, {20, 30}, "person 0.9", 16, kColor);
  CHECK((width > 0) == (changed(image) > 0)); // a machine without fonts draws no pixel
  for (int y = 0; y < 40; ++y) {
    for (int x = 0; x < 200; ++x) {
      if (x < 18 || x > 22 + width || y < 12 || y > 36) CHECK(image.row(y)[x * 3] == 0);
    }
  }
  CHECK(draw_text(image, {0, 0}, "", 16, kColor) == 0);
  CHECK(draw_text(image, {0, 0}, "aa", 16, kColor) == 2 * draw_text(image, {0, 0}, "a", 16, kColor));
  CHECK(draw_text(image, {0, 30}, "\xc3\xa4", 16, kColor) == draw_text(image, {0, 30}, "a", 16, kColor)); // one letter: a umlaut
  for (const char* broken : {"\xc3", "\xff\xfe", "a\xe2\x82", "\xf0\x9f\x98\x80", "\xed\xa0\x80", "\x80\x80", "\xf8\x88\x80\x80\x80"})
    draw_text(image, {5, 20}, broken, 16, kColor);
  for (int height : {INT_MIN, 0, 1, 300, INT_MAX}) draw_text(image, {5, 20}, "x", height, kColor);
}

// The first text opens the font: the build runs this alone, with $POSE_FONT set.
TEST_CASE("a font that does not exist draws no text" * doctest::skip()) {
  REQUIRE(std::getenv("POSE_FONT") != nullptr);
  BgrImage image(40, 60);
  CHECK(draw_text(image, {5, 30}, "text", 16, kColor) == 0);
  CHECK(changed(image) == 0);
}

TEST_CASE("blending rounds and saturates") {
  BgrImage image(1, 2), top(1, 2);
  image.bytes = {0, 100, 255, 10, 20, 1};
  top.bytes = {255, 200, 255, 10, 21, 2};
  BgrImage half = image;
  blend(half, top, 0.5f);
  CHECK(half.bytes == Bytes{128, 150, 255, 10, 20, 2}); // 127.5 -> 128, 20.5 -> 20, 1.5 -> 2
  BgrImage all = image, none = image, over = image, nan = image;
  blend(all, top, 1);
  blend(none, top, 0);
  blend(over, top, 3);
  blend(nan, top, std::nanf(""));
  CHECK(all == top);
  CHECK(none == image);
  CHECK(over.bytes == Bytes{255, 255, 255, 10, 23, 4});
  CHECK(nan == BgrImage(1, 2));
  CHECK_THROWS_AS(blend(image, BgrImage(2, 1), 0.5f), Error);
}
