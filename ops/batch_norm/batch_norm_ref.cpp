// batch_norm: the definition.
// SPDX-License-Identifier: MIT
#include "ops/activation/activation.h"
#include "ops/batch_norm/batch_norm.h"
#include "ops/each.h"

namespace pose {
namespace {

void run(const BatchNorm& op, const Call& call) noexcept {
  const View<const float> x = call.maps.in[0];
  const float *scale = call.packed, *shift = scale + batch_norm_packed_floats(op) / 2;
  for_each_element(*call.pool, call.maps.out,
                   [&](int n, int py, int px, int c) { return act_ref(op.act, double(x.at(n, py, px, c)) * scale[c] + shift[c]); });
}

} // namespace

const Kernel<BatchNorm> batch_norm_ref{"ref", Target::ref, nullptr, batch_norm_packed_floats, batch_norm_pack, nullptr, run};

} // namespace pose
