// add on vectors, one block at a time.
// SPDX-License-Identifier: MIT
//
// Generic over the vector type V.  A file for one target includes it as text inside that target's anonymous namespace.

bool accepts(const Add&, const Maps& m) {
  return m.in[0].blocked() && m.in[1].blocked() && m.out.blocked();
}

void run(const Add& op, const Call& call) noexcept {
  const View<const float> a = call.maps.in[0], b = call.maps.in[1];
  const View<float> out = call.maps.out;
  const V slope = splat(op.act.slope);
  auto with = [&](auto kind) {
    auto sum = [slope](V u, V v) { return apply(decltype(kind)::value, slope, add(u, v)); };
    auto row = [&](int n, int block, int y, int) {
      const BlockMask lanes = lanes_of_block(out.shape.c, block);
      const float *pa = a.pixel_ptr(n, block, y, 0), *pb = b.pixel_ptr(n, block, y, 0);
      float* to = out.pixel_ptr(n, block, y, 0);
      for (int i = 0; i < out.shape.w * kLanes; i += kLanes) store_block(to + i, keep(each(sum, load_block(pa + i), load_block(pb + i)), lanes));
    };
    for_each_row(*call.pool, out.shape, row);
  };
  with_kind(op.act.kind, with);
}
