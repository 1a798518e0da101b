// Implements crop.h by OpenCV's fixed-point bilinear warp.  Every rounding of the original is kept (docs/spec.md, section 5).
// SPDX-License-Identifier: MIT
#include "image/crop.h"

#include "image/pixel.h"
#include "tensor/error.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace pose {
namespace {

// warpAffine adds coordinates in 1/1024 pixel, rounds the sum and drops 5 bits.  So pixels are sampled at 1/32.
constexpr int kSubPixels = 32, kDropped = 5;
constexpr std::int64_t kRound = 16;

// Converts to 1/1024 pixel, rounded half to even.  A box without area gives a map of NaN, which becomes 0.  Beyond 2^40 nothing is inside an image.
std::int64_t fixed_point(double pixels) {
  constexpr double kFar = 1ll << 40;
  return std::isnan(pixels) ? 0 : std::int64_t(std::nearbyint(std::clamp(pixels * 1024, -kFar, kFar)));
}

// Rounds toward zero.  Boxes from broken networks (NaN, huge) are clamped to a range in which no sum overflows.
int truncated(float v) {
  constexpr float kFar = 1 << 24;
  return int(std::clamp(std::isnan(v) ? 0.f : v, -kFar, kFar));
}

// Returns the third corner of the right isosceles triangle over a and b, so that the map is a similarity.
Point third_corner(Point a, Point b) {
  const Point d{a.x - b.x, a.y - b.y};
  return {b.x - d.y, b.y + d.x};
}

struct Equation {
  double x, y, one, u, v; // x * m0 + y * m1 + one * m2 = u, and the same with m3..m5 = v
};

// Returns the affine map that takes three points to three others.  Uses elimination with partial pivoting as cv::getAffineTransform does.  The last
// bit of the solution decides which 1/32 pixel is sampled.
std::array<double, 6> affine(const std::array<Point, 3>& from, const std::array<Point, 3>& to) {
  std::array<Equation, 3> rows;
  for (std::size_t i = 0; i < 3; ++i) rows[i] = {from[i].x, from[i].y, 1, to[i].x, to[i].y};

  const auto subtract = [](Equation& row, const Equation& pivot, double factor) {
    row = {row.x - pivot.x * factor, row.y - pivot.y * factor, row.one - pivot.one * factor, row.u - pivot.u * factor, row.v - pivot.v * factor};
  };
  const auto larger_x = [](const Equation& a, const Equation& b) { return std::abs(a.x) < std::abs(b.x); };
  const auto larger_y = [](const Equation& a, const Equation& b) { return std::abs(a.y) < std::abs(b.y); };
  std::swap(rows[0], *std::max_element(rows.begin(), rows.end(), larger_x));
  for (std::size_t i = 1; i < 3; ++i) subtract(rows[i], rows[0], rows[i].x * (1 / rows[0].x));
  std::swap(rows[1], *std::max_element(rows.begin() + 1, rows.end(), larger_y));
  subtract(rows[2], rows[1], rows[2].y * (1 / rows[1].y));

  const auto back = [&rows](double Equation::*side) {
    const double one = rows[2].*side / rows[2].one;
    const double y = (rows[1].*side - rows[1].one * one) / rows[1].y;
    return std::array<double, 3>{(rows[0].*side - rows[0].y * y - rows[0].one * one) / rows[0].x, y, one};
  };
  const auto u = back(&Equation::u), v = back(&Equation::v);
  return {u[0], u[1], u[2], v[0], v[1], v[2]};
}

// Inverts a map as cv::invertAffineTransform does inside warpAffine.
std::array<double, 6> inverted(const std::array<double, 6>& m) {
  const double d = 1 / (m[0] * m[4] - m[1] * m[3]);
  const double i0 = m[4] * d, i1 = m[1] * -d, i3 = m[3] * -d, i4 = m[0] * d;
  return {i0, i1, -i0 * m[2] - i1 * m[5], i3, i4, -i3 * m[2] - i4 * m[5]};
}

// The value of each byte, for each of R, G, B.
using Tables = std::array<std::array<float, 256>, 3>;

Tables make_tables(const BgrImage& image, const CropNormalize& normalize) {
  const bool divide = has_levels(image);
  Tables tables;
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t v = 0; v < 256; ++v) {
      const float value = divide ? float(v) / 255.f : float(v);
      tables[c][v] = (value - normalize.mean[c]) / normalize.std[c];
    }
  }
  return tables;
}

// The pixels that the warp samples: the box inside the image.  Everything else is 0 after normalization.
class Source {
public:
  Source(const BgrImage& image, const CropGeometry& g, const CropNormalize& normalize)
      : image_(image), tables_(make_tables(image, normalize)), bytes_(g.bytes), left_(std::max(g.u0, 0)), top_(std::max(g.v0, 0)),
        right_(std::min(g.u1, image.w - 1)), bottom_(std::min(g.v1, image.h - 1)) {}

  std::array<float, 3> at_position(std::int64_t x, std::int64_t y) const { return bytes_ ? rounded(x, y) : bilinear(x, y); }

private:
  // Interpolates.  The four neighbors are weighted and added in the original's order, with each product and sum rounded to float32.
  std::array<float, 3> bilinear(std::int64_t x, std::int64_t y) const {
    const std::int64_t ix = x >> 5, iy = y >> 5;
    if (ix + 1 < left_ || ix > right_ || iy + 1 < top_ || iy > bottom_) return {};
    const float fx = float(x & 31) / kSubPixels, fy = float(y & 31) / kSubPixels;
    const auto p00 = at(ix, iy), p01 = at(ix + 1, iy), p10 = at(ix, iy + 1), p11 = at(ix + 1, iy + 1);
    const float w00 = (1 - fy) * (1 - fx), w01 = (1 - fy) * fx, w10 = fy * (1 - fx), w11 = fy * fx;
    std::array<float, 3> rgb;
    for (std::size_t c = 0; c < 3; ++c) rgb[c] = ((p00[c] * w00 + p01[c] * w01) + p10[c] * w10) + p11[c] * w11;
    return rgb;
  }

  // Interpolates bytes and rounds to a byte.
  std::array<float, 3> rounded(std::int64_t x, std::int64_t y) const {
    const std::int64_t ix = x >> 5, iy = y >> 5;
    const int fx = int(x & 31), fy = int(y & 31);
    const std::array<int, 4> weights = {(kSubPixels - fy) * (kSubPixels - fx), (kSubPixels - fy) * fx, fy * (kSubPixels - fx), fy * fx};
    std::array<int, 3> sums{};
    for (std::size_t k = 0; k < 4; ++k) {
      const std::uint8_t* bgr = bytes_at(ix + std::int64_t(k % 2), iy + std::int64_t(k / 2));
      for (std::size_t c = 0; bgr != nullptr && c < 3; ++c) sums[c] += weights[k] * bgr[2 - c];
    }
    constexpr int kOne = kSubPixels * kSubPixels;
    std::array<float, 3> rgb;
    for (std::size_t c = 0; c < 3; ++c) rgb[c] = tables_[c][std::size_t((sums[c] + kOne / 2) / kOne)];
    return rgb;
  }

  // Returns blue, green and red, or null outside.
  const std::uint8_t* bytes_at(std::int64_t x, std::int64_t y) const {
    return x < left_ || x > right_ || y < top_ || y > bottom_ ? nullptr : image_.row(int(y)) + x * 3;
  }

  std::array<float, 3> at(std::int64_t x, std::int64_t y) const {
    const std::uint8_t* bgr = bytes_at(x, y);
    if (bgr == nullptr) return {};
    return {tables_[0][bgr[2]], tables_[1][bgr[1]], tables_[2][bgr[0]]};
  }

  const BgrImage& image_;
  Tables tables_;
  bool bytes_;
  int left_, top_, right_, bottom_;
};

} // namespace

CropBox enlarge(const Box& box, int h, int w, CropRule rule) {
  const float box_w = box.x2 - box.x1, box_h = box.y2 - box.y1;
  const float rate = rule == CropRule::webcam && box_w > 100 ? 0.2f : 0.3f;
  const float dx = box_w * rate / 2, dy = box_h * rate / 2;
  CropBox out;
  out.pt1 = {std::max(0.f, box.x1 - dx), std::max(0.f, box.y1 - dy)};
  out.pt2.x = std::max(std::min(float(w - 1), box.x2 + dx), out.pt1.x + 5);
  out.pt2.y = std::max(std::min(float(h - 1), box.y2 + dy), out.pt1.y + 5);
  return out;
}

CropBox centered(const Box& box, int h, int w) {
  constexpr float kScale = 1.25f;
  const float aspect = float(w) / float(h);
  Region r;
  r.width = box.x2 - box.x1;
  r.height = box.y2 - box.y1;
  r.center = {box.x1 + r.width * 0.5f, box.y1 + r.height * 0.5f};
  if (r.width > aspect * r.height) {
    r.height = r.width / aspect;
  } else {
    r.width = r.height * aspect;
  }
  r.width *= kScale;
  r.height *= kScale;
  return crop_of(r);
}

CropBox crop_of(const Region& r) {
  const Point corner{r.center.x - r.width * 0.5f, r.center.y - r.height * 0.5f};
  return {corner, {corner.x + r.width, corner.y + r.height}, r};
}

bool has_levels(const BgrImage& image) {
  return std::any_of(image.bytes.begin(), image.bytes.end(), [](std::uint8_t v) { return v > 1; });
}

// Returns the geometry of a region: two points, one above the other, are mapped, and a third one at a right angle.
static CropGeometry region_geometry(const Region& region, int h, int w) {
  constexpr int kFar = 1 << 24;
  CropGeometry g;
  g.u0 = g.v0 = -kFar;
  g.u1 = g.v1 = kFar;
  g.bytes = true;
  const Point s0 = region.center, s1{s0.x, s0.y - region.width * 0.5f};
  const Point d0{float(w) * 0.5f, float(h) * 0.5f}, d1{d0.x, d0.y - float(w) * 0.5f};
  if (region.angle == 0) {
    g.to_image = inverted(affine({s0, s1, third_corner(s0, s1)}, {d0, d1, third_corner(d0, d1)}));
    return g;
  }
  const double c = std::cos(region.angle) * region.width / w, s = std::sin(region.angle) * region.width / w;
  g.to_image = {c, -s, s0.x - c * d0.x + s * d0.y, s, c, s0.y - s * d0.x - c * d0.y};
  return g;
}

CropGeometry crop_geometry(const CropBox& box, int h, int w) {
  if (box.region) return region_geometry(*box.region, h, w);
  CropGeometry g;
  g.u0 = truncated(box.pt1.x);
  g.v0 = truncated(box.pt1.y);
  g.u1 = truncated(box.pt2.x - 1);
  g.v1 = truncated(box.pt2.y - 1);
  const double box_h = g.v1 - g.v0, box_w = g.u1 - g.u0;
  const double len_h = std::max(box_h, box_w * h / w), len_w = len_h * w / h;
  const double pad_h = std::floor((len_h - box_h) / 2), pad_w = std::floor((len_w - box_w) / 2);

  const Point s0{float(g.u0 - pad_w), float(g.v0 - pad_h)}, s1{float(g.u1 + pad_w), float(g.v1 + pad_h)};
  const Point d0{0, 0}, d1{float(w - 1), float(h - 1)};
  g.to_image = inverted(affine({s0, s1, third_corner(s0, s1)}, {d0, d1, third_corner(d0, d1)}));
  return g;
}

void crop(const BgrImage& image, const CropBox& box, const CropNormalize& normalize, View<float> input, int n) {
  const Shape& s = input.shape;
  if (s.c != 3 || n < 0 || n >= s.n) fail("crop: expected an input of 3 channels with image {}, found {} images of {} channels", n, s.n, s.c);
  const CropGeometry g = crop_geometry(box, s.h, s.w);
  const Source source(image, g, normalize);
  const auto& m = g.to_image;
  std::vector<std::int64_t> along_x(static_cast<std::size_t>(s.w)), along_y(along_x.size());
  for (int x = 0; x < s.w; ++x) {
    along_x[std::size_t(x)] = fixed_point(m[0] * x);
    along_y[std::size_t(x)] = fixed_point(m[3] * x);
  }
  for (int y = 0; y < s.h; ++y) {
    const std::int64_t row_x = fixed_point(m[1] * y + m[2]) + kRound, row_y = fixed_point(m[4] * y + m[5]) + kRound;
    for (int x = 0; x < s.w; ++x) {
      const auto rgb = source.at_position((row_x + along_x[std::size_t(x)]) >> kDropped, (row_y + along_y[std::size_t(x)]) >> kDropped);
      store_rgb(input, n, y, x, rgb[0], rgb[1], rgb[2]);
    }
  }
}

} // namespace pose
