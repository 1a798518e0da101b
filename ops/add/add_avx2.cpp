// add: eight lanes at a time.
// SPDX-License-Identifier: MIT
#include "ops/add/add.h"
#include "ops/vec/f32x8.h"
#include "ops/vec/rows.h"

namespace pose {
namespace {

using namespace avx2;

bool accepts(const Add&, const Maps& m) {
  return m.in[0].blocked() && m.in[1].blocked() && m.out.blocked();
}

void run(const Add& op, const Call& call) noexcept {
  const View<const float> a = call.maps.in[0], b = call.maps.in[1];
  const View<float> out = call.maps.out;
  const V slope = splat(op.act.slope);
  auto with = [&](auto kind) {
    auto row = [&](int n, int block, int y, int) {
      const BlockMask lanes = lanes_of_block(out.shape.c, block);
      const float *pa = a.pixel_ptr(n, block, y, 0), *pb = b.pixel_ptr(n, block, y, 0);
      float* to = out.pixel_ptr(n, block, y, 0);
      for (int i = 0; i < out.shape.w * kLanes; i += kLanes) {
        const Block u = load_block(pa + i), v = load_block(pb + i);
        store_block(to + i, {keep(apply(kind.value, slope, add(u.v[0], v.v[0])), lanes.m[0]),
                             keep(apply(kind.value, slope, add(u.v[1], v.v[1])), lanes.m[1])});
      }
    };
    for_each_row(*call.pool, out.shape, row);
  };
  with_kind(op.act.kind, with);
}

} // namespace

const Kernel<Add> add_avx2{"avx2", Target::avx2, accepts, nullptr, nullptr, nullptr, run};

} // namespace pose
