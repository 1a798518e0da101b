// Reference implementation of pixel_shuffle.h.
// SPDX-License-Identifier: MIT
#include "ops/each.h"
#include "ops/pixel_shuffle/pixel_shuffle.h"

namespace pose {
namespace {

void run(const PixelShuffle& op, const Call& call) noexcept {
  const View<const float> x = call.maps.in[0];
  const int f = op.factor;
  for_each_element(*call.pool, call.maps.out,
                   [&](int n, int py, int px, int c) { return x.at(n, py / f, px / f, f * f * c + f * (py % f) + px % f); });
}

} // namespace

const Kernel<PixelShuffle> pixel_shuffle_ref{"ref", Target::ref, nullptr, nullptr, nullptr, nullptr, run};

} // namespace pose
