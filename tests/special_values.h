// Floats that are no ordinary numbers, for tests.
// SPDX-License-Identifier: MIT
#pragma once

#include <limits>

namespace pose {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

} // namespace pose
