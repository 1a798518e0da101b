// Single output elements of a conv2d, computed independently of all kernels, for maps too large for the reference.  Tests and benchmarks only.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/activation/activation.h"
#include "ops/bounds.h"
#include "ops/conv2d/winograd/check.h"
#include "tensor/compare.h"

#include <cmath>
#include <functional>
#include <random>
#include <vector>

namespace pose {

// A value before the activation, and the sum of |terms| of its sum.  The latter bounds the rounding errors of any order of summation.
struct ExactSum {
  double value = 0, magnitude = 0;
};

// Computes one output.  x is dense [n, c, h, w]; raw is as for pack().
inline ExactSum exact_sum(const Conv2d& op, const Shape& s, const float* x, const RawWeights& raw, int n, int oy, int ox, int oc) {
  const int channels = op.in_c / op.groups, group = oc / (op.out_c / op.groups);
  ExactSum sum;
  for (int i = 0; i < channels; i++) {
    for (int ky = 0; ky < op.kernel_h; ky++) {
      for (int kx = 0; kx < op.kernel_w; kx++) {
        const std::int64_t y = oy * op.stride_h + ky - op.pad_top, z = ox * op.stride_w + kx - op.pad_left, c = group * channels + i;
        if (y < 0 || z < 0 || y >= s.h || z >= s.w) continue;
        const double w = raw.tensors[0][((std::int64_t(oc) * channels + i) * op.kernel_h + ky) * op.kernel_w + kx];
        const double term = w * x[((n * std::int64_t(s.c) + c) * s.h + y) * s.w + z];
        sum.value += term;
        sum.magnitude += std::fabs(term);
      }
    }
  }
  const double scale = raw.scale != nullptr ? raw.scale[oc] : 1, shift = raw.shift != nullptr ? raw.shift[oc] : op.bias ? raw.tensors[1][oc] : 0;
  return {sum.value * scale + shift, sum.magnitude * std::fabs(scale) + std::fabs(shift)};
}

// Returns the sum of |terms| of the same output when Winograd computes it, which has other terms.
inline double winograd_sum(WinogradKind kind, const Conv2d& op, const Shape& s, const float* x, const RawWeights& raw, int n, int oy, int ox,
                           int oc) {
  WinogradMagnitude tile(kind, op.in_c);
  tile.set_inputs([&](int i, int j, int c) {
    const int y = oy / kind.m * kind.m * kind.stride + i - op.pad_top, z = ox / kind.m * kind.m * kind.stride + j - op.pad_left;
    return y < 0 || z < 0 || y >= s.h || z >= s.w ? 0.0f : x[((n * std::int64_t(s.c) + c) * s.h + y) * s.w + z];
  });
  const auto weights = tile.weights([&](int i, int j, int c) { return raw.tensors[0][(std::int64_t(oc) * op.in_c + c) * 9 + i * 3 + j]; });
  const auto sums = tile.outputs(weights);
  const double scale = raw.scale != nullptr ? raw.scale[oc] : 1, shift = raw.shift != nullptr ? raw.shift[oc] : op.bias ? raw.tensors[1][oc] : 0;
  return sums[std::size_t(oy % kind.m)][std::size_t(ox % kind.m)] * std::fabs(scale) + std::fabs(shift);
}

// Compares `samples` elements of the result of the kernel with that name, corners first.
// The op has no residual, and its activations are 1-Lipschitz and exact but for one rounding.
// Every order of k + 1 products and sums is within (k + 4) * 2^-24 * magnitude.  other_bound is for kernels with other roundings.
inline Difference compare_samples(std::string_view kernel, const Conv2d& op, const Shape& s, const float* x, const RawWeights& raw,
                                  View<const float> y, int samples, const std::function<double(double want, double magnitude)>& other_bound = {}) {
  std::mt19937 engine(1);
  std::vector<float> got, want;
  std::vector<double> bound;
  const double terms = double(op.in_c / op.groups) * op.kernel_h * op.kernel_w;
  const WinogradKind kind = winograd_kind(kernel);
  auto pick = [&](int i, int bit, int size) { return i < 4 ? (i >> bit & 1) * (size - 1) : int(engine() % unsigned(size)); };
  for (int i = 0; i < samples; i++) {
    const int oy = pick(i, 0, y.shape.h), ox = pick(i, 1, y.shape.w), c = int(engine() % unsigned(y.shape.c)), n = i % y.shape.n;
    const ExactSum e = exact_sum(op, s, x, raw, n, oy, ox, c);
    got.push_back(y.at(n, oy, ox, c));
    want.push_back(float(act_ref(op.post, act_ref(op.act, e.value))));
    bound.push_back(other_bound   ? other_bound(want.back(), e.magnitude)
                    : kind.m == 0 ? sum_bound(terms, e.magnitude)
                                  : winograd_roundings(op.in_c) * 0x1p-24 * winograd_sum(kind, op, s, x, raw, n, oy, ox, c));
  }
  return compare(got, want, [&](std::int64_t i) { return bound[std::size_t(i)]; });
}

} // namespace pose
