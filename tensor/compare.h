// The only numeric comparison of the project: NaN never passes.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace pose {

// How far `got` is from `want`, in units of the bound of each element.  worst <= 1 means equal within the bound; it is NaN
// as soon as one element is NaN on one side only, and infinite for a wrong size or a difference where the bound is 0.
struct Difference {
  double worst = 0;         // max over i of |got - want| / bound
  std::int64_t index = -1;  // where
  double got = 0, want = 0; // there
  double bound = 0;         // there
  double max_abs = 0;       // max |got - want|
  std::int64_t count = 0;   // elements compared

  bool ok() const { return worst <= 1; } // false for NaN
  void append(const Difference& next);   // of the elements that follow those of this one
  std::string text() const;              // one line for a failing test
};

using Bound = std::function<double(std::int64_t index)>;

// Two NaN at the same place are equal, as are equal infinities.
Difference compare(std::span<const float> got, std::span<const float> want, const Bound& bound);

// |got - want| <= absolute + relative * |want|
Difference compare(std::span<const float> got, std::span<const float> want, double absolute, double relative = 0);

} // namespace pose
