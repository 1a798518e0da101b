// Reference implementation of upsample.h.
// SPDX-License-Identifier: MIT
#include "ops/each.h"
#include "ops/upsample/upsample.h"

namespace pose {
namespace {

void run(const Upsample& op, const Call& call) noexcept {
  const View<const float> x = call.maps.in[0];
  for_each_element(*call.pool, call.maps.out, [&](int n, int py, int px, int c) { return x.at(n, py / op.factor, px / op.factor, c); });
}

} // namespace

const Kernel<Upsample> upsample_ref{"ref", Target::ref, nullptr, nullptr, nullptr, nullptr, run};

} // namespace pose
