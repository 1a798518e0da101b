// Act: element-wise functions that an op can apply to its result.
// SPDX-License-Identifier: MIT
#pragma once

namespace pose {

// leaky: x > 0 ? x : slope * x (Darknet's slope is 0.1).  mish: x * tanh(ln(1 + e^x)).  swish: x / (1 + e^-x).
enum class ActKind { linear, leaky, relu, relu6, logistic, mish, swish };

struct Act {
  ActKind kind = ActKind::linear;
  float slope = 0.1f; // leaky only

  bool operator==(const Act& o) const = default;
};

inline constexpr Act kLinear{};
inline constexpr Act kRelu{ActKind::relu};
inline constexpr Act kLeaky{ActKind::leaky};

} // namespace pose
