// Implements activation.h: shape inference and the reference implementation of every Act.
// SPDX-License-Identifier: MIT
#include "ops/activation/activation.h"

#include "ops/infer.h"

#include <cmath>

namespace pose {

Shape infer(const Activation&, std::span<const Shape> in) {
  expect_inputs(in, 1);
  return checked(in[0]);
}

std::int64_t macs(const Activation&, std::span<const Shape>, const Shape&) {
  return 0;
}

// NaN takes the branch that returns x, so the comparisons are written that way round.
double act_ref(const Act& act, double x) {
  switch (act.kind) {
    case ActKind::linear: return x;
    case ActKind::leaky: return x > 0 ? x : double(act.slope) * x;
    case ActKind::relu: return x < 0 ? 0 : x;
    case ActKind::relu6: return x < 0 ? 0 : x > 6 ? 6 : x;
    case ActKind::logistic: return 1 / (1 + std::exp(-x));
    case ActKind::mish: return x * std::tanh(x > 40 ? x : std::log1p(std::exp(x))); // in double precision, ln(1 + e^x) = x from 40 on
    case ActKind::swish: return x / (1 + std::exp(-x));
  }
  return x;
}

const char* name_of(ActKind kind) {
  switch (kind) {
    case ActKind::linear: return "linear";
    case ActKind::leaky: return "leaky";
    case ActKind::relu: return "relu";
    case ActKind::relu6: return "relu6";
    case ActKind::logistic: return "logistic";
    case ActKind::mish: return "mish";
    case ActKind::swish: return "swish";
  }
  return "unknown";
}

} // namespace pose
