// Implements bounds.h: counts the roundings of each op.
// SPDX-License-Identifier: MIT
#include "ops/bounds.h"

#include <algorithm>
#include <cmath>

namespace pose {
namespace {

// Upper bound of the Lipschitz constants.  max |f'| is 1.0998 for swish (at 2.4), 1.0885 for mish (at 1.49) and 1/4 for logistic; functions
// that are not fusible do not follow a sum.
// Slopes stay below 1.
constexpr double kSteepest = 1.1;

double sum_then_act(double terms, const Act& act, const ExactElement& e) {
  return sum_bound(terms, e.magnitude) * kSteepest + act_bound(act, e.want);
}

double bound_of(const Input&, std::span<const Shape>, const ExactElement&) {
  return 0;
}

// Both activations amplify the rounding of the sum and add their own errors.
// An inner value is at most the larger of 1 (logistic) and its magnitude.
double bound_of(const Conv2d& op, std::span<const Shape>, const ExactElement& e) {
  const double terms = double(op.in_c / op.groups) * op.kernel_h * op.kernel_w;
  const double inner = act_bound(op.act, std::max(1.0, e.magnitude) * kSteepest);
  return (sum_bound(terms, e.magnitude) * kSteepest + inner) * kSteepest + act_bound(op.post, e.want);
}

double bound_of(const ConvTranspose2d& op, std::span<const Shape>, const ExactElement& e) {
  return sum_then_act(double(op.in_c / op.groups) * op.kernel_h * op.kernel_w + 2, op.act, e);
}
double bound_of(const BatchNorm& op, std::span<const Shape>, const ExactElement& e) {
  return sum_then_act(2, op.act, e);
}
double bound_of(const Add& op, std::span<const Shape>, const ExactElement& e) {
  return sum_then_act(2, op.act, e);
}
double bound_of(const Scale& op, std::span<const Shape>, const ExactElement& e) {
  return sum_then_act(2, op.act, e);
}
double bound_of(const Binary& op, std::span<const Shape>, const ExactElement& e) {
  const bool sum = op.kind == BinaryKind::add || op.kind == BinaryKind::sub;
  return sum ? sum_bound(2, e.magnitude) : op.kind == BinaryKind::min || op.kind == BinaryKind::max ? 0 : kRounding * std::fabs(e.want) + 0x1p-149;
}
double bound_of(const Matmul&, std::span<const Shape> in, const ExactElement& e) {
  return sum_bound(in[0].c, e.magnitude);
}
// Two weights a term, each rounded; a mean of means.
double bound_of(const Resize& op, std::span<const Shape>, const ExactElement& e) {
  return op.kind == ResizeKind::nearest ? 0 : sum_bound(4 + 4, e.magnitude);
}
// With d = sqrt(var + eps), the mean is off by (c + 4) * 2^-24 * max|x|, and so is each difference from it; the variance adds as much, relatively.
// Holds for gamma up to 2 and |x| up to 8 d.
double bound_of(const LayerNorm& op, std::span<const Shape>, const ExactElement& e) {
  return kRounding * (op.c + 16) * (16 + std::fabs(e.want));
}
double bound_of(const Activation& op, std::span<const Shape>, const ExactElement& e) {
  return act_bound(op.act, e.want);
}

double bound_of(const AvgPool& op, std::span<const Shape> in, const ExactElement& e) {
  return sum_bound(op.global ? double(in[0].h) * in[0].w : double(op.kernel_h) * op.kernel_w, e.magnitude);
}

double bound_of(const MaxPool&, std::span<const Shape>, const ExactElement&) {
  return 0;
}
double bound_of(const Upsample&, std::span<const Shape>, const ExactElement&) {
  return 0;
}
double bound_of(const Constant&, std::span<const Shape>, const ExactElement&) {
  return 0;
}
double bound_of(const SimccHead&, std::span<const Shape>, const ExactElement&) {
  return 0;
}
double bound_of(const Permute&, std::span<const Shape>, const ExactElement&) {
  return 0;
}
double bound_of(const Concat&, std::span<const Shape>, const ExactElement&) {
  return 0;
}
double bound_of(const Slice&, std::span<const Shape>, const ExactElement&) {
  return 0;
}
// A product and a sum, of which only crops have more than moves.
double bound_of(const Rearrange& op, std::span<const Shape>, const ExactElement& e) {
  return op.scale == 1 && op.shift == 0 ? 0 : 2 * kRounding * (std::fabs(e.want) + std::fabs(op.shift));
}
double bound_of(const PixelShuffle&, std::span<const Shape>, const ExactElement&) {
  return 0;
}

// e^x amplifies the rounding of x - max by |x - max|, which is at most -ln(want).  The rest is c terms, a division and two ulp of exp.
double softmax_bound(int c, double want) {
  constexpr double kSmallest = 1e-37; // floats below have fewer bits
  return want > kSmallest ? (c + 8 - std::log(want)) * kRounding * want + kSmallest : kSmallest;
}
double bound_of(const Softmax&, std::span<const Shape> in, const ExactElement& e) {
  return softmax_bound(in[0].c, e.want);
}

// Boxes are a sigmoid, an exponential or a square, shifted and scaled to the net's side.  gaussian subtracts from 1; region is a softmax.
double bound_of(const YoloHead& op, std::span<const Shape>, const ExactElement& e) {
  const bool is_class = e.channel > 4;
  if (is_class && op.kind == HeadKind::region) return softmax_bound(op.classes, e.want);
  const double side = e.channel == 0 ? op.net_w : e.channel == 1 ? op.net_h : is_class && op.kind == HeadKind::gaussian ? 1 : 0;
  return kRounding * (8 * side + 8 * std::fabs(e.want)) + 0x1p-120;
}

} // namespace

double act_bound(const Act& act, double want) {
  switch (act.kind) {
    case ActKind::linear:
    case ActKind::relu:
    case ActKind::relu6: return 0;
    case ActKind::leaky: return kRounding * std::fabs(want) + 0x1p-149;
    case ActKind::tanh:
    case ActKind::loggy:
    case ActKind::elu:
    case ActKind::selu: return kRounding * (8 * std::fabs(want) + 8); // a difference from 1
    case ActKind::hard_sigmoid: return kRounding * 4;
    case ActKind::hard_swish: return kRounding * (8 * std::fabs(want) + 4 / act.slope); // the limited sum is off by that of a number near 1
    case ActKind::erf: return kRounding * (8 * std::fabs(want) + 8);                    // a difference from 1
    case ActKind::gelu_erf:
    case ActKind::gelu: // a tail e^-t, whose relative error is t times that of t
      return (want == 0 ? 0 : (16 + 8 * std::max(0.0, -std::log(std::fabs(want)))) * kRounding * std::fabs(want)) + 0x1p-142;
    default: return 8 * kRounding * std::fabs(want) + 0x1p-142;
  }
}

double rounding_bound(const Op& op, std::span<const Shape> in, const ExactElement& element) {
  return std::visit([&](const auto& o) { return bound_of(o, in, element); }, op);
}

double inherited_bound(int depth, double scale) {
  return 8.0 * (depth + 8) * kRounding * scale;
}

} // namespace pose
