// The comparison of times with the start and end of a selection.
// SPDX-License-Identifier: MIT
#pragma once

namespace pose {

// Times are written with six decimals, so a time that was read back may be half a microsecond off.
constexpr double kTimeTolerance = 1e-6;

inline bool is_before(double time, double limit) {
  return time < limit - kTimeTolerance;
}

} // namespace pose
