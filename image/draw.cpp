// Implements draw.h.  Every shape is a range of columns per row, and a signed distance that becomes the pixel's coverage.
// SPDX-License-Identifier: MIT
#include "image/draw.h"

#include "image/pixel.h"
#include "tensor/error.h"

#include <algorithm>
#include <climits>
#include <cmath>

namespace pose {
namespace {

constexpr double kPi = 3.14159265358979323846;

// OpenCV fills the pixels with dx^2 + dy^2 <= radius^2, and its line of thickness 3 is 5 pixels wide.  Anti-aliased edges need these additions, in
// pixels, to cover the same area (least mean difference to images drawn by OpenCV).
constexpr double kDiscEdge = 0.1, kLineEdge = 0.2; // pixels

struct Range {
  double from = 0, to = -1; // empty unless from <= to
};

// A range of pixels.  clip() limits [from, to] to the pixels 0..size-1, for any double.
struct Pixels {
  int from, to;
};

Pixels clip(Range range, int size) {
  const double from = std::max(range.from, 0.0), to = std::min(range.to, double(size - 1));
  return from <= to ? Pixels{int(std::ceil(from)), int(std::floor(to))} : Pixels{0, -1};
}

// Paints a shape.  rows: the rows that the shape can touch; across(y): the columns it can touch in row y; distance(x, y): signed distance from the
// outline, negative inside.  A pixel half a pixel inside is fully covered, a pixel half a pixel outside is not covered.
template <class Across, class Distance> void fill_shape(BgrImage& image, Range rows, Across across, Distance distance, Color color) {
  const Pixels ys = clip(rows, image.h);
  for (int y = ys.from; y <= ys.to; ++y) {
    const Pixels xs = clip(across(double(y)), image.w);
    for (int x = xs.from; x <= xs.to; ++x) paint(image, y, x, color, float(std::clamp(0.5 - distance(double(x), double(y)), 0.0, 1.0)));
  }
}

struct Vec {
  double x = 0, y = 0;
};

Range join(Range a, Range b) {
  if (a.from > a.to) return b;
  return b.from > b.to ? a : Range{std::min(a.from, b.from), std::max(a.to, b.to)};
}

Range disc_across(Vec center, double radius, double y) {
  const double dy = y - center.y, rest = radius * radius - dy * dy;
  if (rest < 0) return {};
  const double half = std::sqrt(rest);
  return {center.x - half, center.x + half};
}

// Returns the columns where row y crosses the segment a-b.
Range segment_across(Vec a, Vec b, double y) {
  if (y < std::min(a.y, b.y) || y > std::max(a.y, b.y)) return {};
  if (a.y == b.y) return {std::min(a.x, b.x), std::max(a.x, b.x)};
  const double x = a.x + (b.x - a.x) * ((y - a.y) / (b.y - a.y));
  return {x, x};
}

// Fills all points within `radius` of the segment a-b: a thick line with round ends, or a disc where a = b.
void fill_capsule(BgrImage& image, Vec a, Vec b, double radius, Color color) {
  const Vec d{b.x - a.x, b.y - a.y};
  const double length = std::hypot(d.x, d.y), reach = radius + 0.5;
  const Vec side = length > 0 ? Vec{-d.y / length * reach, d.x / length * reach} : Vec{};
  const Range rows{std::min(a.y, b.y) - reach, std::max(a.y, b.y) + reach};

  const auto across = [&](double y) { // the convex hull of the two discs: their chords and the two straight sides
    const Range discs = join(disc_across(a, reach, y), disc_across(b, reach, y));
    const Range left = segment_across({a.x + side.x, a.y + side.y}, {b.x + side.x, b.y + side.y}, y);
    const Range right = segment_across({a.x - side.x, a.y - side.y}, {b.x - side.x, b.y - side.y}, y);
    return join(discs, join(left, right));
  };
  const auto distance = [&](double x, double y) {
    const Vec p{x - a.x, y - a.y};
    const double along = length > 0 ? std::clamp((p.x * d.x + p.y * d.y) / (length * length), 0.0, 1.0) : 0.0;
    return std::hypot(p.x - along * d.x, p.y - along * d.y) - radius;
  };
  fill_shape(image, rows, across, distance, color);
}

Vec vec(Pixel p) {
  return {double(p.x), double(p.y)};
}

} // namespace

void fill_circle(BgrImage& image, Pixel center, int radius, Color color) {
  if (radius < 0) return;
  fill_capsule(image, vec(center), vec(center), std::max(radius + kDiscEdge, 0.5), color);
}

void draw_line(BgrImage& image, Pixel a, Pixel b, int thickness, Color color) {
  fill_capsule(image, vec(a), vec(b), thickness > 1 ? thickness / 2.0 + 0.5 + kLineEdge : 0.5, color);
}

void fill_rectangle(BgrImage& image, Pixel a, Pixel b, Color color) {
  const Pixels ys = clip({double(std::min(a.y, b.y)), double(std::max(a.y, b.y))}, image.h);
  const Pixels xs = clip({double(std::min(a.x, b.x)), double(std::max(a.x, b.x))}, image.w);
  for (int y = ys.from; y <= ys.to; ++y) {
    for (int x = xs.from; x <= xs.to; ++x) paint(image, y, x, color, 1);
  }
}

void draw_rectangle(BgrImage& image, Pixel a, Pixel b, int thickness, Color color) {
  const std::int64_t t = std::max(thickness, 1), outer = t / 2, inner = (t - 1) / 2;
  const std::int64_t x1 = std::min(a.x, b.x), x2 = std::max(a.x, b.x), y1 = std::min(a.y, b.y), y2 = std::max(a.y, b.y);
  const auto near = [](std::int64_t v) { return int(std::clamp<std::int64_t>(v, INT_MIN, INT_MAX)); };
  const auto bar = [&](std::int64_t left, std::int64_t top, std::int64_t right, std::int64_t bottom) {
    fill_rectangle(image, {near(left), near(top)}, {near(right), near(bottom)}, color);
  };
  bar(x1 - outer, y1 - outer, x2 + outer, y1 + inner);
  bar(x1 - outer, y2 - inner, x2 + outer, y2 + outer);
  bar(x1 - outer, y1 - outer, x1 + inner, y2 + outer);
  bar(x2 - inner, y1 - outer, x2 + outer, y2 + outer);
}

void fill_ellipse(BgrImage& image, Pixel center, int axis_x, int axis_y, int degrees, Color color) {
  if (axis_x < 0 || axis_y < 0) return;
  // Half a pixel is added, so that an axis of 0 gives a line one pixel wide.
  const double a = axis_x + 0.5, b = axis_y + 0.5;
  const double angle = degrees * (kPi / 180), cos = std::cos(angle), sin = std::sin(angle);
  const Vec at = vec(center);

  // Bounds of the ellipse grown by half a pixel, from its quadratic form p dx^2 + 2 q dx dy + r dy^2 = 1 with p r - q^2 = ga gb.
  const double ga = 1 / ((a + 0.5) * (a + 0.5)), gb = 1 / ((b + 0.5) * (b + 0.5));
  const double p = cos * cos * ga + sin * sin * gb, q = cos * sin * (ga - gb);
  const double half_rows = std::sqrt(p / (ga * gb));
  const auto across = [&](double y) -> Range {
    const double dy = y - at.y, rest = p - ga * gb * dy * dy;
    if (rest < 0) return {};
    const double half = std::sqrt(rest) / p, middle = at.x - q * dy / p;
    return {middle - half, middle + half};
  };
  const auto distance = [&](double x, double y) { // first-order approximation; exact on the axes and for circles
    const double u = (cos * (x - at.x) + sin * (y - at.y)) / a, v = (cos * (y - at.y) - sin * (x - at.x)) / b;
    const double radius = std::hypot(u, v); // 1 on the outline
    const double slope = std::hypot(u / a, v / b);
    return slope > 0 ? (radius - 1) * radius / slope : -1.0;
  };
  fill_shape(image, {at.y - half_rows, at.y + half_rows}, across, distance, color);
}

void blend(BgrImage& image, const BgrImage& top, float alpha) {
  if (image.h != top.h || image.w != top.w) fail("blend: expected {} x {} pixels, found {} x {}", image.w, image.h, top.w, top.h);
  const float rest = 1 - alpha;
  for (std::size_t i = 0; i < image.bytes.size(); ++i) image.bytes[i] = to_byte(float(top.bytes[i]) * alpha + float(image.bytes[i]) * rest);
}

} // namespace pose
