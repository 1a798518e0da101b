// Reference implementation of activation.h.
// SPDX-License-Identifier: MIT
#include "ops/activation/activation.h"
#include "ops/each.h"

namespace pose {
namespace {

void run(const Activation& op, const Call& call) noexcept {
  const View<const float> x = call.maps.in[0];
  for_each_element(*call.pool, call.maps.out, [&](int n, int py, int px, int c) { return act_ref(op.act, x.at(n, py, px, c)); });
}

} // namespace

const Kernel<Activation> activation_ref{"ref", Target::ref, nullptr, nullptr, nullptr, nullptr, run};

} // namespace pose
