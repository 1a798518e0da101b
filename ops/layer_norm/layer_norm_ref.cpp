// Reference implementation of layer_norm.h.
// SPDX-License-Identifier: MIT
#include "ops/layer_norm/layer_norm.h"

#include <cmath>

namespace pose {
namespace {

void norm_pixel(const LayerNorm& op, const Call& call, int n, int y, int x) {
  const View<const float> in = call.maps.in[0];
  const View<float> out = call.maps.out;
  const float *gamma = call.packed, *beta = gamma + layer_norm_packed_floats(op) / 2;
  const int lanes = out.blocked() ? out.shape.blocks() * kLanes : op.c;
  double mean = 0, var = 0;
  for (int c = 0; c < op.c; c++) mean += in.at(n, y, x, c);
  mean /= op.c;
  for (int c = 0; c < op.c; c++) var += (in.at(n, y, x, c) - mean) * (in.at(n, y, x, c) - mean);
  const double factor = 1 / std::sqrt(var / op.c + op.eps);
  for (int c = 0; c < lanes; c++) out.at(n, y, x, c) = c < op.c ? float((in.at(n, y, x, c) - mean) * factor * gamma[c] + beta[c]) : 0.0f;
}

void run(const LayerNorm& op, const Call& call) noexcept {
  const Shape s = call.maps.out.shape;
  auto row = [&](std::int64_t tile, int) {
    for (int x = 0; x < s.w; x++) norm_pixel(op, call, int(tile / s.h), int(tile % s.h), x);
  };
  parallel_for(*call.pool, std::int64_t(s.n) * s.h, row);
}

} // namespace

const Kernel<LayerNorm> layer_norm_ref{"ref", Target::ref, nullptr, layer_norm_packed_floats, layer_norm_pack, nullptr, run};

} // namespace pose
