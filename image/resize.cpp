// Implements resize.h by separable filters: one table of taps per axis; filtered rows are kept while the vertical pass needs them.
// SPDX-License-Identifier: MIT
#include "image/resize.h"

#include "image/pixel.h"
#include "tensor/error.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>

namespace pose {
namespace {

// The N source positions of an output position, clamped to the image, and their weights.
template <int N> struct Taps {
  std::array<int, N> at;
  std::array<float, N> weight;
};

// Returns weights of the Catmull-Rom-like kernel with A = -0.75 (docs/spec.md, section 2).  Computing in double and rounding once is closest to the
// dumps: at most 8 ppm of the bytes differ, float32 weights give up to 60 ppm.
std::array<float, 4> bicubic_weights(double t) {
  const double a = -0.75;
  const auto inner = [a](double d) { return ((a + 2) * d - (a + 3)) * d * d + 1; };
  const auto outer = [a](double d) { return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a; };
  return {float(outer(t + 1)), float(inner(t)), float(inner(1 - t)), float(outer(2 - t))};
}

std::array<float, 2> bilinear_weights(double t) {
  return {float(1 - t), float(t)};
}

template <int N> std::vector<Taps<N>> make_taps(int from, int to, std::array<float, N> (*weights)(double)) {
  std::vector<Taps<N>> taps(static_cast<std::size_t>(to));
  for (int d = 0; d < to; ++d) {
    const double x = (d + 0.5) * (double(from) / to) - 0.5;
    const double floor = std::floor(x);
    Taps<N>& tap = taps[std::size_t(d)];
    tap.weight = weights(x - floor);
    for (int k = 0; k < N; ++k) tap.at[std::size_t(k)] = std::clamp(int(floor) + k - (N / 2 - 1), 0, from - 1);
  }
  return taps;
}

// B, G, R of a pixel, and the following value, which is ignored: one vector costs less than three scalars.
using Four = float __attribute__((vector_size(16)));
constexpr std::size_t kBehind = 1; // floats that must be readable past the end of a row

// Applies the horizontal taps to one row: w * 3 sums, each added from the left tap to the right one.
template <int N> void filter_row(const float* from, const std::vector<Taps<N>>& taps, float* to) {
  for (const Taps<N>& tap : taps) {
    Four sum{};
    for (std::size_t k = 0; k < N; ++k) {
      Four pixel;
      std::memcpy(&pixel, from + std::ptrdiff_t(tap.at[k]) * 3, sizeof pixel);
      sum = k == 0 ? pixel * tap.weight[k] : sum + pixel * tap.weight[k];
    }
    std::memcpy(to, &sum, sizeof sum);
    to += 3;
  }
}

// Applies the vertical taps to N filtered rows, top to bottom, and rounds.
template <int N> void combine_rows(const std::array<const float*, N>& rows, const std::array<float, N>& weight, std::size_t count, std::uint8_t* to) {
  for (std::size_t i = 0; i < count; ++i) {
    float sum = rows[0][i] * weight[0];
    for (std::size_t k = 1; k < N; ++k) sum += rows[k][i] * weight[k];
    to[i] = to_byte(sum);
  }
}

template <int N> BgrImage resample(const BgrImage& image, int h, int w, std::array<float, N> (*weights)(double)) {
  if (image.h < 1 || image.w < 1 || h < 1 || w < 1) fail("resize: {} x {} to {} x {}: expected sides of at least 1", image.w, image.h, w, h);
  const auto across = make_taps<N>(image.w, w, weights);
  const auto down = make_taps<N>(image.h, h, weights);
  const std::size_t row_floats = std::size_t(w) * 3;
  // The taps of a row are N neighbors.  So source row y can use slot y % N until it is no longer needed.
  std::vector<float> ring((row_floats + kBehind) * N), source_row(std::size_t(image.w) * 3 + kBehind);
  std::array<int, N> in_slot;
  in_slot.fill(-1);

  BgrImage out(h, w);
  for (int y = 0; y < h; ++y) {
    const Taps<N>& tap = down[std::size_t(y)];
    std::array<const float*, N> rows;
    for (std::size_t k = 0; k < N; ++k) {
      const int source = tap.at[k];
      const std::size_t slot = std::size_t(source % N);
      float* filtered = ring.data() + slot * (row_floats + kBehind);
      if (in_slot[slot] != source) {
        std::copy_n(image.row(source), std::size_t(image.w) * 3, source_row.data());
        filter_row<N>(source_row.data(), across, filtered);
      }
      in_slot[slot] = source;
      rows[k] = filtered;
    }
    combine_rows<N>(rows, tap.weight, row_floats, out.row(y));
  }
  return out;
}

} // namespace

BgrImage resize_bicubic(const BgrImage& image, int h, int w) {
  return resample<4>(image, h, w, bicubic_weights);
}

BgrImage resize_bilinear(const BgrImage& image, int h, int w) {
  return resample<2>(image, h, w, bilinear_weights);
}

} // namespace pose
