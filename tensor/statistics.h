// Statistics: how two tensors differ, accumulated chunk by chunk in one pass.  Pass or fail is decided by compare().
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/compare.h"

#include <array>
#include <vector>

namespace pose {

// Results for two tensors, `got` and `want`.  Two NaN at the same index are equal, as are equal infinities.  A NaN on one side makes every figure
// NaN, except where noted.
struct Summary {
  Difference difference; // count, max |got - want| and the worst element in units of its bound
  double max_rel = 0;    // max |got - want| / |want| where want is not 0
  double rel_l2 = 0;     // |got - want| / |want| as vectors; infinite where only |want| is 0
  double cosine = 1;     // of the angle between both vectors; 0 where only one of them is 0
  // Distances in floats between got and want: 0 for equal ones, infinite for a NaN on one side.  Quantiles are exact below 64, else at most 3 % too
  // low.
  double ulp50 = 0, ulp90 = 0, ulp99 = 0, ulp_max = 0;
  // Number of elements with distance 0, 1, 2 to 3, 4 to 7, ... floats, up to the last nonzero bin.  Elements that are NaN on one side are not
  // counted.
  std::vector<std::int64_t> ulp_histogram;
  std::int64_t got_nan = 0, want_nan = 0, got_inf = 0, want_inf = 0;
};

class Statistics {
public:
  // Adds the next elements of both tensors; both spans have the same size.  bound(i) is the allowed |got - want| of element i of these spans.
  void add(std::span<const float> got, std::span<const float> want, const Bound& bound);
  void add(std::span<const float> got, std::span<const float> want, double absolute, double relative); // bound: absolute + relative * |want|

  Summary summary() const;

private:
  // Distances below kExact have one bucket each; above, each doubling has kFine buckets.
  static constexpr int kExact = 64, kFine = 32, kBuckets = kExact + 27 * kFine;

  static int bucket_of(std::uint64_t ulp);
  static double floor_of(int bucket);
  void add_figures(std::span<const float> got, std::span<const float> want);
  void add_numbers(std::span<const float> got, std::span<const float> want);
  void add_special(float got, float want);
  void count_distance(float got, float want);
  double quantile(double q) const;

  Difference difference_;
  double max_rel_ = 0, error_ = 0, got_square_ = 0, want_square_ = 0, product_ = 0; // sums
  std::array<std::int64_t, kBuckets> buckets_{};
  std::int64_t apart_ = 0; // elements that are NaN on one side
  std::uint64_t ulp_max_ = 0;
  std::int64_t got_nan_ = 0, want_nan_ = 0, got_inf_ = 0, want_inf_ = 0;
};

} // namespace pose
