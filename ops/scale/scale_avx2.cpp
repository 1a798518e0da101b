// scale: eight lanes at a time; a block's factors stay in registers for a row.
// SPDX-License-Identifier: MIT
#include "ops/scale/scale.h"
#include "ops/vec/f32x8.h"
#include "ops/vec/rows.h"

namespace pose {
namespace {

using namespace avx2;

bool accepts(const Scale& op, const Maps& m) {
  return m.in[0].blocked() && m.in[1].blocked() && (!op.residual || m.in[2].blocked()) && m.out.blocked();
}

void run(const Scale& op, const Call& call) noexcept {
  const View<const float> in = call.maps.in[0], factors = call.maps.in[1];
  const View<const float> residual = op.residual ? call.maps.in[2] : View<const float>{};
  const View<float> out = call.maps.out;
  const V slope = splat(op.act.slope);
  auto with = [&](auto kind) {
    auto row = [&](int n, int b, int y, int) {
      const BlockMask lanes = lanes_of_block(out.shape.c, b);
      const Block s = load_block(factors.pixel_ptr(n, b, 0, 0));
      const float* x = in.pixel_ptr(n, b, y, 0);
      const float* r = op.residual ? residual.pixel_ptr(n, b, y, 0) : nullptr;
      float* to = out.pixel_ptr(n, b, y, 0);
      for (int i = 0; i < out.shape.w * kLanes; i += kLanes) {
        const Block v = load_block(x + i);
        const Block w = r != nullptr ? Block{fma(v.v[0], s.v[0], load(r + i)), fma(v.v[1], s.v[1], load(r + i + kV))}
                                     : Block{mul(v.v[0], s.v[0]), mul(v.v[1], s.v[1])};
        store_block(to + i, {keep(apply(kind.value, slope, w.v[0]), lanes.m[0]), keep(apply(kind.value, slope, w.v[1]), lanes.m[1])});
      }
    };
    for_each_row(*call.pool, out.shape, row);
  };
  with_kind(op.act.kind, with);
}

} // namespace

const Kernel<Scale> scale_avx2{"avx2", Target::avx2, accepts, nullptr, nullptr, nullptr, run};

} // namespace pose
