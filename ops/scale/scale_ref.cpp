// Reference implementation of scale.h.
// SPDX-License-Identifier: MIT
#include "ops/activation/activation.h"
#include "ops/each.h"
#include "ops/scale/scale.h"

namespace pose {
namespace {

void run(const Scale& op, const Call& call) noexcept {
  const View<const float> x = call.maps.in[0], s = call.maps.in[1];
  const View<const float> residual = op.residual ? call.maps.in[2] : View<const float>{};
  const bool by_channel = s.shape.h == 1 && s.shape.w == 1;
  for_each_element(*call.pool, call.maps.out, [&](int n, int py, int px, int c) {
    const double scaled = double(x.at(n, py, px, c)) * (by_channel ? s.at(n, 0, 0, c) : s.at(n, py, px, c));
    return act_ref(op.act, op.residual ? scaled + residual.at(n, py, px, c) : scaled);
  });
}

} // namespace

const Kernel<Scale> scale_ref{"ref", Target::ref, nullptr, nullptr, nullptr, nullptr, run};

} // namespace pose
