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

// Returns the kind that a kernel's name contains: winograd2, winograd4, winograd5 or winograd4s2 (stride 2).
inline WinogradKind winograd_kind(std::string_view name) {
  const auto has = [&](std::string_view word) { return name.find(word) != name.npos; };
  if (has("winograd4s2")) return {4, 2};
  return {has("winograd2") ? 2 : has("winograd4") ? 4 : has("winograd5") ? 5 : 0, 1};
}

// Returns the number of roundings on the way from inputs to an output.
// In each of two dimensions, the transforms of weights and of inputs have at most 3 each, those of products 4.
// The folded scale has one, every addition of a product one, the last scale and the shift 2, and one more is a reserve.
inline double winograd_roundings(int in_c) {
  return in_c + 1 + 6 + 6 + 8 + 2 + 1;
}

// The matrices of F(m, r) with m + r - 2 finite points and infinity, in absolute values.
// They follow from the points as in Toom and Cook's multiplication of polynomials: row p of G has the powers of the point over the product of its
// distances from the others, row p of B^T the coefficients of the product of x - q over the other points q.  The last row is that of infinity.
class WinogradMatrices {
public:
  WinogradMatrices(int m, int r, const std::vector<double>& points) : n_(m + r - 1) {
    for (int p = 0; p < n_; p++) {
      const bool finite = p < n_ - 1;
      std::vector<double> polynomial{1}; // lowest power first; its coefficients are short binary fractions, so that they are exact
      double distances = 1;
      for (int q = 0; q < n_ - 1; q++) {
        if (q == p) continue;
        polynomial.insert(polynomial.begin(), 0);
        for (std::size_t i = 0; i + 1 < polynomial.size(); i++) polynomial[i] -= points[std::size_t(q)] * polynomial[i + 1];
        if (finite) distances *= points[std::size_t(p)] - points[std::size_t(q)];
      }
      for (std::size_t i = 0; i < polynomial.size(); i++) at(input_, p, int(i)) = std::fabs(polynomial[i]);
      for (int i = 0; i < r; i++) at(weight_, p, i) = finite ? std::fabs(std::pow(points[std::size_t(p)], i) / distances) : i == r - 1;
      for (int i = 0; i < m; i++) at(output_, p, i) = finite ? std::fabs(std::pow(points[std::size_t(p)], i)) : i == m - 1;
    }
  }

  double input(int p, int i) const { return input_[std::size_t(p * kMost + i)]; }   // |B^T|
  double weight(int p, int i) const { return weight_[std::size_t(p * kMost + i)]; } // |G|
  double output(int i, int p) const { return output_[std::size_t(p * kMost + i)]; } // |A^T|

private:
  static constexpr int kMost = 8;
  using Matrix = std::array<double, std::size_t(kMost) * kMost>;
  static double& at(Matrix& m, int p, int i) { return m[std::size_t(p * kMost + i)]; }

  int n_;
  Matrix input_{}, weight_{}, output_{};
};

// Returns the matrices of a kind: with stride 2, those for the even inputs.  transform.inc.h lists the points.
inline WinogradMatrices winograd_matrices(WinogradKind kind) {
  if (kind.stride == 2) return {4, 2, {3. / 8, -3. / 8, 5. / 4, -5. / 4}};
  if (kind.m == 2) return {2, 3, {0, 1, -1}};
  if (kind.m == 4) return {4, 3, {0, 3. / 4, -3. / 4, 3. / 2, -3. / 2}};
  return {5, 3, {7. / 32, -7. / 32, 7. / 8, -7. / 8, 7. / 4, -7. / 4}};
}

// Computes |A^T| [sum over c of (|G| |g| |G|^T) * (|B^T| |d| |B|)] |A|: the sum of |terms| of every output of one tile.
// Each rounding is a factor of at most 1 + 2^-24.
class WinogradMagnitude {
public:
  WinogradMagnitude(WinogradKind kind, int in_c)
      : m_(kind.m), stride_(kind.stride), points_(stride_ == 1 ? m_ + 2 : 2 * m_ + 1), in_c_(in_c), matrices_(winograd_matrices(kind)),
        inputs_(std::size_t(in_c) * points_ * points_) {}

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

  // Return the elements of |B^T|, |G| and |A^T|.  With stride 2, the points from m + 1 on are products of the odd inputs.
  double input(int p, int i) const {
    if (stride_ == 1) return matrices_.input(p, i);
    return p > m_ ? i == 2 * (p - m_) - 1 : i % 2 == 0 ? matrices_.input(p, i / 2) : 0;
  }
  double weight(int p, int i) const {
    if (stride_ == 1) return matrices_.weight(p, i);
    return p > m_ ? i == 1 : i % 2 == 0 ? matrices_.weight(p, i / 2) : 0;
  }
  double output(int i, int p) const { return stride_ == 2 && p > m_ ? p - m_ - 1 == i : matrices_.output(i, p); }

  int m_, stride_, points_, in_c_;
  WinogradMatrices matrices_;
  std::vector<double> inputs_; // [c][point]
};

} // namespace pose
