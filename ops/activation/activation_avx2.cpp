// activation: eight lanes at a time.
// SPDX-License-Identifier: MIT
#include "ops/activation/activation.h"
#include "ops/vec/f32x8.h"
#include "ops/vec/rows.h"

namespace pose {
namespace {

using namespace avx2;

bool accepts(const Activation&, const Maps& m) {
  return m.in[0].blocked() && m.out.blocked();
}

void run(const Activation& op, const Call& call) noexcept {
  const View<const float> in = call.maps.in[0];
  const View<float> out = call.maps.out;
  const V slope = splat(op.act.slope);
  auto with = [&](auto kind) {
    auto row = [&](int n, int b, int y, int) {
      const BlockMask lanes = lanes_of_block(out.shape.c, b);
      const float* x = in.pixel_ptr(n, b, y, 0);
      float* to = out.pixel_ptr(n, b, y, 0);
      for (int i = 0; i < out.shape.w * kLanes; i += kLanes) {
        const Block v = load_block(x + i);
        store_block(to + i, {keep(apply(kind.value, slope, v.v[0]), lanes.m[0]), keep(apply(kind.value, slope, v.v[1]), lanes.m[1])});
      }
    };
    for_each_row(*call.pool, out.shape, row);
  };
  with_kind(op.act.kind, with);
}

} // namespace

const Kernel<Activation> activation_avx2{"avx2", Target::avx2, accepts, nullptr, nullptr, nullptr, run};

} // namespace pose
