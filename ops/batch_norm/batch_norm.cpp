// Implements batch_norm.h: shape inference, multiply-add counts and the affine form.
// SPDX-License-Identifier: MIT
#include "ops/batch_norm/batch_norm.h"

#include "ops/infer.h"

#include <cmath>

namespace pose {

Shape infer(const BatchNorm& op, std::span<const Shape> in) {
  expect_inputs(in, 1);
  expect_fusible(op.act);
  expect_size("channels", op.c);
  if (!(op.eps >= 0) || std::isinf(op.eps)) fail("eps: expected a number from 0 on, found {}", op.eps);
  if (in[0].c != op.c) fail("channels: expected {}, found input {}", op.c, to_text(in[0]));
  return checked(in[0]);
}

std::int64_t macs(const BatchNorm&, std::span<const Shape>, const Shape& out) {
  return out.count();
}

void batch_norm_affine(const BatchNorm& op, const float* const* tensors, const float* conv_bias, float* scale, float* shift) {
  const float *gamma = tensors[0], *beta = tensors[1], *mean = tensors[2], *var = tensors[3];
  for (int c = 0; c < op.c; c++) {
    const double s = gamma[c] / std::sqrt(double(var[c]) + op.eps);
    const double bias = conv_bias != nullptr ? conv_bias[c] : 0.0;
    scale[c] = float(s);
    shift[c] = float((bias - mean[c]) * s + beta[c]);
  }
}

std::int64_t batch_norm_packed_floats(const BatchNorm& op) {
  return 2ll * Shape{1, 1, 1, op.c}.blocks() * kLanes;
}

void batch_norm_pack(const BatchNorm& op, const RawWeights& weights, float* packed) {
  batch_norm_affine(op, weights.tensors, nullptr, packed, packed + batch_norm_packed_floats(op) / 2);
}

} // namespace pose
