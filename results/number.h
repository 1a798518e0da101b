// append_number: floats as text that reads back to the same bits.
// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <string>
#include <type_traits>

namespace pose {

// The only float (with its negative, of all that there are) whose shortest text, 7.038531e-26, reads back as another float where a reader rounds to
// double first, as most do.
inline constexpr float kRoundsTwice = 0x1.5c87fap-84f;

// Appends the shortest text that reads back as the same float or double, always with a point or an exponent: 17.0, 0.1, 1e-05.  Appends `missing`
// for NaN and infinity, which JSON lacks.
template <class Float> void append_number(std::string& out, Float value, const char* missing = "null") {
  if (!std::isfinite(value)) {
    out += missing;
    return;
  }
  const std::size_t begin = out.size();
  if (std::is_same_v<Float, float> && std::fabs(value) == kRoundsTwice) {
    fmt::format_to(std::back_inserter(out), "{}", double(value));
  } else {
    fmt::format_to(std::back_inserter(out), "{}", value);
  }
  if (out.find_first_of(".e", begin) == std::string::npos) out += ".0";
}

} // namespace pose
