// Comparison of float arrays, the only one in the project.  NaN never passes.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace pose {

// The distance of `got` from `want`, in units of each element's bound.  worst <= 1 means equal within the bound.  worst is NaN as soon as one element
// is NaN on one side only.  It is infinite for a wrong size, and for a difference where the bound is 0.
struct Difference {
  double worst = 0;         // max over i of |got - want| / bound
  std::int64_t index = -1;  // of the worst element
  double got = 0, want = 0; // at `index`
  double bound = 0;         // at `index`
  double max_abs = 0;       // max |got - want|
  std::int64_t count = 0;   // elements compared

  bool ok() const { return worst <= 1; } // false for NaN
  void append(const Difference& next);   // adds the result for the elements that follow
  std::string text() const;              // one line for a failing test
};

using Bound = std::function<double(std::int64_t index)>;

// Compares element by element.  Two NaN at the same index are equal, as are equal infinities.
Difference compare(std::span<const float> got, std::span<const float> want, const Bound& bound);

// Compares with the bound absolute + relative * |want|.
Difference compare(std::span<const float> got, std::span<const float> want, double absolute, double relative = 0);

} // namespace pose
