// Reference implementation of add.h.
// SPDX-License-Identifier: MIT
#include "ops/activation/activation.h"
#include "ops/add/add.h"
#include "ops/each.h"

namespace pose {
namespace {

void run(const Add& op, const Call& call) noexcept {
  const View<const float> a = call.maps.in[0], b = call.maps.in[1];
  for_each_element(*call.pool, call.maps.out,
                   [&](int n, int y, int x, int c) { return act_ref(op.act, double(a.at(n, y, x, c)) + b.at(n, y, x, c)); });
}

} // namespace

const Kernel<Add> add_ref{"ref", Target::ref, nullptr, nullptr, nullptr, nullptr, run};

} // namespace pose
