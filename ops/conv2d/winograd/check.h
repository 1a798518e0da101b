// Error bounds of Winograd convolutions: the same algorithm on absolute values, in double.  Tests and benchmarks only.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/conv2d/conv2d.h"

#include <array>
#include <cmath>
#include <string_view>
#include <vector>

namespace pose {

// F(m x m, 3 x 3) with stride `stride`.  m is 0 for kernels of other algorithms.
struct WinogradKind {
  int m = 0, stride = 1;
};

// Returns the kind that a kernel's name contains: winograd2, winograd4, winograd6 or winograd4s2 (stride 2).
inline WinogradKind winograd_kind(std::string_view name) {
  const auto has = [&](std::string_view word) { return name.find(word) != name.npos; };
  if (has("winograd4s2")) return {4, 2};
  return {has("winograd2") ? 2 : has("winograd4") ? 4 : has("winograd6") ? 6 : 0, 1};
}

// Returns the number of roundings on the way from inputs to an output.
// In each of two dimensions, the transforms of weights and of inputs have at most 3 each, those of products 4.
// The folded scale has one, every addition of a product one, the last scale and the shift 2, and one more is a reserve.
inline double winograd_roundings(int in_c) {
  return in_c + 1 + 6 + 6 + 8 + 2 + 1;
}

// Computes |A^T| [sum over c of (|G| |g| |G|^T) * (|B^T| |d| |B|)] |A|: the sum of |terms| of every output of one tile.
// Each rounding is a factor of at most 1 + 2^-24.
// The transforms are Lavin and Gray's, with points 0, 1, -1, 2, -2, 1/2, -1/2, infinity; transform.inc.h describes stride 2.
class WinogradMagnitude {
public:
  WinogradMagnitude(WinogradKind kind, int in_c)
      : m_(kind.m), stride_(kind.stride), points_(stride_ == 1 ? m_ + 2 : 2 * m_ + 1), in_c_(in_c), inputs_(std::size_t(in_c) * points_ * points_) {}

  // Returns the side of the input tile, which equals the points per dimension.  set_inputs() reads d(y, x, c), 0 <= y, x < side().
  int side() const { return points_; }
  template <class F> void set_inputs(F d) {
    for (int c = 0; c < in_c_; c++) {
      transform(
          points_, [&](int p, int i) { return input(p, i); }, [&](int y, int x) { return std::fabs(double(d(y, x, c))); }, points_,
          &inputs_[std::size_t(c) * points_ * points_]);
    }
  }

  // Returns the transformed weights of one output channel, [c][point], from g(y, x, c).
  template <class F> std::vector<double> weights(F g) const {
    std::vector<double> transformed(inputs_.size());
    for (int c = 0; c < in_c_; c++) {
      transform(
          3, [&](int p, int i) { return weight(p, i); }, [&](int y, int x) { return std::fabs(double(g(y, x, c))); }, points_,
          &transformed[std::size_t(c) * points_ * points_]);
    }
    return transformed;
  }

  // Returns the sums of one output channel, [m][m] stored as [6][6].
  std::array<std::array<double, 6>, 6> outputs(const std::vector<double>& weights) const {
    std::array<double, 81> product{};
    const std::size_t count = std::size_t(points_) * points_;
    for (std::size_t c = 0; c < std::size_t(in_c_); c++) {
      const double *w = &weights[c * count], *d = &inputs_[c * count];
      for (std::size_t p = 0; p < count; p++) product[p] += w[p] * d[p];
    }
    std::array<double, 81> y{};
    transform(
        points_, [&](int i, int p) { return output(i, p); }, [&](int a, int b) { return product[std::size_t(a * points_ + b)]; }, m_, y.data());
    std::array<std::array<double, 6>, 6> result{};
    for (int i = 0; i < m_; i++) {
      for (int j = 0; j < m_; j++) result[std::size_t(i)][std::size_t(j)] = y[std::size_t(i * m_ + j)];
    }
    return result;
  }

private:
  // Computes to [rows][rows] = T v T^T, with v [size][size].
  template <class T, class F> static void transform(int size, T t, F v, int rows, double* to) {
    double half[9][9] = {};
    for (int i = 0; i < rows; i++) {
      for (int x = 0; x < size; x++) {
        for (int k = 0; k < size; k++) half[i][x] += t(i, k) * v(k, x);
      }
    }
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < rows; j++) {
        double sum = 0;
        for (int k = 0; k < size; k++) sum += half[i][k] * t(j, k);
        to[i * rows + j] = sum;
      }
    }
  }

  // Return the elements of |B^T|, |G| and |A^T|.
  double input(int p, int i) const {
    static constexpr double k2[4][4] = {{1, 0, 1, 0}, {0, 1, 1, 0}, {0, 1, 1, 0}, {0, 1, 0, 1}};
    static constexpr double k4[6][6] = {{4, 0, 5, 0, 1, 0}, {0, 4, 4, 1, 1, 0}, {0, 4, 4, 1, 1, 0},
                                        {0, 2, 1, 2, 1, 0}, {0, 2, 1, 2, 1, 0}, {0, 4, 0, 5, 0, 1}};
    static constexpr double k6[8][8] = {{1, 0, 5.25, 0, 5.25, 0, 1, 0},   {0, 1, 1, 4.25, 4.25, 1, 1, 0},   {0, 1, 1, 4.25, 4.25, 1, 1, 0},
                                        {0, .5, .25, 2.5, 1.25, 2, 1, 0}, {0, .5, .25, 2.5, 1.25, 2, 1, 0}, {0, 2, 4, 2.5, 5, .5, 1, 0},
                                        {0, 2, 4, 2.5, 5, .5, 1, 0},      {0, 1, 0, 5.25, 0, 5.25, 0, 1}};
    static constexpr double kEven[5][5] = {{2, 1, 2, 1, 0}, {0, 2, 1, 1, 0}, {0, 2, 3, 1, 0}, {0, 1, 0, 1, 0}, {0, 2, 1, 2, 1}};
    if (stride_ == 2) return p >= 5 ? i == 2 * (p - 5) + 1 : i % 2 == 0 ? kEven[p][i / 2] : 0;
    return m_ == 2 ? k2[p][i] : m_ == 4 ? k4[p][i] : k6[p][i];
  }
  double weight(int p, int i) const {
    static constexpr double k2[4][3] = {{1, 0, 0}, {.5, .5, .5}, {.5, .5, .5}, {0, 0, 1}};
    static constexpr double k4[6][3] = {
        {1. / 4, 0, 0}, {1. / 6, 1. / 6, 1. / 6}, {1. / 6, 1. / 6, 1. / 6}, {1. / 24, 1. / 12, 1. / 6}, {1. / 24, 1. / 12, 1. / 6}, {0, 0, 1}};
    static constexpr double k6[8][3] = {{1, 0, 0},
                                        {2. / 9, 2. / 9, 2. / 9},
                                        {2. / 9, 2. / 9, 2. / 9},
                                        {1. / 90, 1. / 45, 2. / 45},
                                        {1. / 90, 1. / 45, 2. / 45},
                                        {32. / 45, 16. / 45, 8. / 45},
                                        {32. / 45, 16. / 45, 8. / 45},
                                        {0, 0, 1}};
    static constexpr double kEven[5][3] = {{1. / 2, 0, 0}, {1. / 2, 0, 1. / 2}, {1. / 6, 0, 1. / 6}, {1. / 6, 0, 1. / 3}, {0, 0, 1}};
    if (stride_ == 2) return p >= 5 ? i == 1 : kEven[p][i];
    return m_ == 2 ? k2[p][i] : m_ == 4 ? k4[p][i] : k6[p][i];
  }
  double output(int i, int p) const {
    if (stride_ == 2 && p >= 5) return p - 5 == i;
    if (stride_ == 2 && p == 4) return i == m_ - 1;
    if (p == 0) return i == 0;
    if (p == points_ - 1) return i == m_ - 1;
    constexpr double kPoint[7] = {0, 1, 1, 2, 2, 0.5, 0.5};
    return std::pow(kPoint[p], i);
  }

  int m_, stride_, points_, in_c_;
  std::vector<double> inputs_; // [c][point]
};

} // namespace pose
