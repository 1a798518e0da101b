// Reference implementation of batch_norm.h.
// SPDX-License-Identifier: MIT
#include "ops/activation/activation.h"
#include "ops/batch_norm/batch_norm.h"
#include "ops/each.h"

#include <cmath>

namespace pose {
namespace {

// Splits a double into the sum of two floats, 48 bits.
void split(double v, float* pair) {
  pair[0] = float(v);
  pair[1] = std::isfinite(pair[0]) ? float(v - pair[0]) : 0.0f;
}

double sum_of(const float* pair) {
  return double(pair[0]) + pair[1];
}

// Floats per channel: scale and shift, two floats each.  Unlike in the fast kernels they are not rounded to float.
constexpr int kFloats = 4;

std::int64_t packed_floats(const BatchNorm& op) {
  return std::int64_t(kFloats) * op.c;
}

void pack(const BatchNorm& op, const RawWeights& raw, float* packed) {
  const float *gamma = raw.tensors[0], *beta = raw.tensors[1], *mean = raw.tensors[2], *var = raw.tensors[3];
  for (int c = 0; c < op.c; c++) {
    const double scale = gamma[c] / std::sqrt(double(var[c]) + op.eps);
    split(scale, packed + kFloats * c);
    split(beta[c] - mean[c] * scale, packed + kFloats * c + 2);
  }
}

void run(const BatchNorm& op, const Call& call) noexcept {
  const View<const float> x = call.maps.in[0];
  for_each_element(*call.pool, call.maps.out, [&](int n, int py, int px, int c) {
    const float* affine = call.packed + kFloats * c;
    return act_ref(op.act, x.at(n, py, px, c) * sum_of(affine) + sum_of(affine + 2));
  });
}

} // namespace

const Kernel<BatchNorm> batch_norm_ref{"ref", Target::ref, nullptr, packed_floats, pack, nullptr, run};

} // namespace pose
