// Implements layer_norm.h: shape inference, multiply-add counts and the packing of weights.
// SPDX-License-Identifier: MIT
#include "ops/layer_norm/layer_norm.h"

#include "ops/infer.h"

#include <algorithm>
#include <cmath>

namespace pose {

Shape infer(const LayerNorm& op, std::span<const Shape> in) {
  expect_inputs(in, 1);
  expect_size("channels", op.c);
  if (!(op.eps >= 0) || std::isinf(op.eps)) fail("eps: expected a number from 0 on, found {}", op.eps);
  if (in[0].c != op.c) fail("channels: expected {}, found input {}", op.c, to_text(in[0]));
  return checked(in[0]);
}

std::int64_t macs(const LayerNorm&, std::span<const Shape>, const Shape& out) {
  return 3 * out.count();
}

std::int64_t layer_norm_packed_floats(const LayerNorm& op) {
  return 2ll * Shape{1, 1, 1, op.c}.blocks() * kLanes;
}

void layer_norm_pack(const LayerNorm& op, const RawWeights& weights, float* packed) {
  std::copy_n(weights.tensors[0], op.c, packed);
  std::copy_n(weights.tensors[1], op.c, packed + layer_norm_packed_floats(op) / 2);
}

} // namespace pose
