// batch_norm: eight lanes at a time; a block's scale and shift stay in registers for a row.
// SPDX-License-Identifier: MIT
#include "ops/batch_norm/batch_norm.h"
#include "ops/vec/f32x8.h"
#include "ops/vec/rows.h"

namespace pose {
namespace {

using namespace avx2;

bool accepts(const BatchNorm&, const Maps& m) {
  return m.in[0].blocked() && m.out.blocked();
}

void run(const BatchNorm& op, const Call& call) noexcept {
  const View<const float> in = call.maps.in[0];
  const View<float> out = call.maps.out;
  const float *scale = call.packed, *shift = scale + out.shape.blocks() * kLanes;
  const V slope = splat(op.act.slope);
  auto with = [&](auto kind) {
    auto row = [&](int n, int b, int y, int) {
      const BlockMask lanes = lanes_of_block(out.shape.c, b);
      const Block s = load_block(scale + b * kLanes), t = load_block(shift + b * kLanes);
      const float* x = in.pixel_ptr(n, b, y, 0);
      float* to = out.pixel_ptr(n, b, y, 0);
      for (int i = 0; i < out.shape.w * kLanes; i += kLanes) {
        const Block v = load_block(x + i);
        store_block(to + i, {keep(apply(kind.value, slope, fma(v.v[0], s.v[0], t.v[0])), lanes.m[0]),
                             keep(apply(kind.value, slope, fma(v.v[1], s.v[1], t.v[1])), lanes.m[1])});
      }
    };
    for_each_row(*call.pool, out.shape, row);
  };
  with_kind(op.act.kind, with);
}

} // namespace

const Kernel<BatchNorm> batch_norm_avx2{"avx2", Target::avx2, accepts, batch_norm_packed_floats, batch_norm_pack, nullptr, run};

} // namespace pose
