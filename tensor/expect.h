// expect_in: the check of a number that a caller chose.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/error.h"

namespace pose {

// Throws InputError unless low <= value <= high; NaN is outside.
inline void expect_in(const char* name, double value, double low, double high) {
  if (!(value >= low && value <= high)) fail<InputError>("{}: expected {} to {}, found {}", name, low, high, value);
}

} // namespace pose
