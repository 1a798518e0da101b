// Implements heat_image.h.
// SPDX-License-Identifier: MIT
#include "study/heat_image.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pose::study {
namespace {

struct Scaled {
  int w = 0, h = 0;
  std::vector<double> pixels;
};

// Computes each pixel from factor x factor values: folds them by merge(sum, index of a value), then applies finish(sum, count).
template <class Merge, class Finish> Scaled scale_down(std::int64_t w, std::int64_t h, int factor, Merge merge, Finish finish) {
  Scaled s{int((w + factor - 1) / factor), int((h + factor - 1) / factor), {}};
  for (int y = 0; y < s.h; y++) {
    for (int x = 0; x < s.w; x++) {
      double sum = 0;
      int count = 0;
      for (std::int64_t v = std::int64_t(y) * factor; v < std::min(h, std::int64_t(y + 1) * factor); v++) {
        for (std::int64_t u = std::int64_t(x) * factor; u < std::min(w, std::int64_t(x + 1) * factor); u++, count++)
          sum = merge(sum, std::size_t(v * w + u));
      }
      s.pixels.push_back(finish(sum, count));
    }
  }
  return s;
}

Scaled means(const std::vector<float>& plane, std::int64_t w, std::int64_t h, int factor) {
  return scale_down(
      w, h, factor, [&](double sum, std::size_t i) { return sum + plane[i]; }, [](double sum, int count) { return sum / count; });
}

// Returns |a - b|; infinity where exactly one of them is NaN.
double error_of(float a, float b) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return 0;
  const double e = std::fabs(double(a) - b);
  return std::isnan(e) ? std::numeric_limits<double>::infinity() : e;
}

// Maps low ... high to 0 ... 255, and what is not finite to 255.
std::vector<std::uint8_t> bytes_of(const std::vector<double>& pixels, double low, double high) {
  std::vector<std::uint8_t> bytes;
  for (const double v : pixels) {
    const double level = high > low ? 255 * (v - low) / (high - low) : 0;
    bytes.push_back(std::isfinite(v) ? std::uint8_t(std::lround(std::clamp(level, 0.0, 255.0))) : 255);
  }
  return bytes;
}

} // namespace

std::optional<HeatImage> make_heat_image(const std::vector<std::int64_t>& shape, const Difference& d, const ChunkReader& ours,
                                         const ChunkReader& reference) {
  if (shape.size() != 4 || d.index < 0) return std::nullopt;
  const std::int64_t c = shape[1], h = shape[2], w = shape[3], plane = h * w;
  if (plane < 2) return std::nullopt;
  HeatImage p;
  p.n = int(d.index / plane / c);
  p.channel = int(d.index / plane % c);
  const Chunk chunk{p.n, p.channel, 1, d.index / plane * plane, plane};
  std::vector<float> a(static_cast<std::size_t>(plane)), b(a.size());
  ours(chunk, a.data());
  reference(chunk, b.data());

  const int factor = int((std::max(w, h) + kMaxHeatImageSide - 1) / kMaxHeatImageSide);
  const Scaled left = means(a, w, h, factor), right = means(b, w, h, factor);
  const Scaled error = scale_down(
      w, h, factor, [&](double most, std::size_t i) { return std::max(most, error_of(a[i], b[i])); }, [](double most, int) { return most; });
  p.w = left.w;
  p.h = left.h;
  bool any = false;
  for (const Scaled* s : {&left, &right}) {
    for (const double v : s->pixels) {
      if (!std::isfinite(v)) continue;
      p.low = any ? std::min(p.low, v) : v;
      p.high = any ? std::max(p.high, v) : v;
      any = true;
    }
  }
  for (const double v : error.pixels) p.error_high = std::isfinite(v) ? std::max(p.error_high, v) : p.error_high;
  p.ours = bytes_of(left.pixels, p.low, p.high);
  p.reference = bytes_of(right.pixels, p.low, p.high);
  p.error = bytes_of(error.pixels, 0, p.error_high);
  return p;
}

} // namespace pose::study
