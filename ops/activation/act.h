// Act: element-wise functions that an op can apply to its result.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/shape.h"

namespace pose {

// leaky: x > 0 ? x : slope * x (Darknet's slope is 0.1).  mish: x * tanh(ln(1 + e^x)).  swish: x / (1 + e^-x).
//
// From tanh on, Darknet's other functions (src/activations.h of github.com/AlexeyAB/darknet), which only the activation op computes:
//   tanh; elu: x < 0 ? e^x - 1 : x; selu: x < 0 ? 1.0507 * 1.6732 (e^x - 1) : 1.0507 x
//   gelu: x / 2 * (1 + tanh(0.797885 x + 0.035677 x^3)); loggy: 2 / (1 + e^-x) - 1; ramp: x > 0 ? x + 0.1 x : 0.1 x
//   hard_mish: x > 0 ? x : x > -2 ? x^2 / 2 + x : 0; hardtan: x limited to -1 ... 1
//   lhtan: x beyond 0 ... 1 counts a thousandth; plse: x / 8 + 1/2, of which what is beyond |x| = 4 has a slope of 0.01
//   stair: n / 2 for an even n = floor(x), else floor(n / 2) + x - n
//
// From hard_sigmoid on, functions of ONNX, which also only the activation op computes:
//   hard_sigmoid: slope x + 1/2 limited to 0 ... 1; hard_swish: x times that (MobileNetV3: slope 1/6); gelu_erf: x / 2 * (1 + erf(x / sqrt(2)));
//   erf; exp; sqrt
enum class ActKind {
  linear,
  leaky,
  relu,
  relu6,
  logistic,
  mish,
  swish,
  tanh,
  elu,
  selu,
  gelu,
  loggy,
  ramp,
  hard_mish,
  hardtan,
  lhtan,
  plse,
  stair,
  hard_sigmoid,
  hard_swish,
  gelu_erf,
  erf,
  exp,
  sqrt
};
inline constexpr ActKind kLastAct = ActKind::sqrt;

struct Act {
  ActKind kind = ActKind::linear;
  float slope = 0.1f; // leaky, hard_sigmoid and hard_swish only

  bool operator==(const Act& o) const = default;
};

// Returns whether other ops than activation can apply the function to their results.
POSE_INLINE bool is_fusible(const Act& act) {
  return act.kind <= ActKind::swish;
}

inline constexpr Act kLinear{};
inline constexpr Act kRelu{ActKind::relu};
inline constexpr Act kLeaky{ActKind::leaky};

} // namespace pose
