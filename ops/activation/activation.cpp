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

namespace {

// Returns slope x + 1/2 limited to 0 ... 1.
double hard_sigmoid(double slope, double x) {
  const double y = slope * x + 0.5;
  return y < 0 ? 0 : y > 1 ? 1 : y;
}

double stair(double x) {
  const double n = std::floor(x), half = std::floor(x / 2);
  return n == 2 * half ? half : half + (x - n);
}

} // namespace

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
    case ActKind::tanh: return std::tanh(x);
    case ActKind::elu: return x < 0 ? std::expm1(x) : x;
    case ActKind::selu: return x < 0 ? 1.0507 * 1.6732 * std::expm1(x) : 1.0507 * x;
    case ActKind::gelu: return x < -1e6 ? 0 : x / (1 + std::exp(-2 * (0.797885 * x + 0.035677 * x * x * x)));
    case ActKind::loggy: return std::tanh(x / 2);
    case ActKind::ramp: return x > 0 ? 1.1 * x : 0.1 * x;
    case ActKind::hard_mish: return x < -2 ? 0 : x < 0 ? x * x / 2 + x : x;
    case ActKind::hardtan: return x < -1 ? -1 : x > 1 ? 1 : x;
    case ActKind::lhtan: return x < 0 ? 0.001 * x : x > 1 ? 0.001 * (x - 1) + 1 : x;
    case ActKind::plse: return x < -4 ? 0.01 * (x + 4) : x > 4 ? 0.01 * (x - 4) + 1 : 0.125 * x + 0.5;
    case ActKind::stair: return stair(x);
    case ActKind::hard_sigmoid: return hard_sigmoid(act.slope, x);
    case ActKind::hard_swish: return x < 0 && hard_sigmoid(act.slope, x) == 0 ? 0 : x * hard_sigmoid(act.slope, x);
    case ActKind::gelu_erf: return x < -1e6 ? 0 : x / 2 * std::erfc(-x / std::sqrt(2.0));
    case ActKind::erf: return std::erf(x);
    case ActKind::exp: return std::exp(x);
    case ActKind::sqrt: return std::sqrt(x);
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
    case ActKind::tanh: return "tanh";
    case ActKind::elu: return "elu";
    case ActKind::selu: return "selu";
    case ActKind::gelu: return "gelu";
    case ActKind::loggy: return "loggy";
    case ActKind::ramp: return "ramp";
    case ActKind::hard_mish: return "hard_mish";
    case ActKind::hardtan: return "hardtan";
    case ActKind::lhtan: return "lhtan";
    case ActKind::plse: return "plse";
    case ActKind::stair: return "stair";
    case ActKind::hard_sigmoid: return "hard_sigmoid";
    case ActKind::hard_swish: return "hard_swish";
    case ActKind::gelu_erf: return "gelu_erf";
    case ActKind::erf: return "erf";
    case ActKind::exp: return "exp";
    case ActKind::sqrt: return "sqrt";
  }
  return "unknown";
}

} // namespace pose
