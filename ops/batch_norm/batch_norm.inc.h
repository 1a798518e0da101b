// batch_norm on vectors, one block at a time.  Scale and shift stay in registers for a row.
// SPDX-License-Identifier: MIT
//
// Generic over the vector type V.  A file for one target includes it as text inside that target's anonymous namespace.

bool accepts(const BatchNorm&, const Maps& m) {
  return m.in[0].blocked() && m.out.blocked();
}

void run(const BatchNorm& op, const Call& call) noexcept {
  const View<const float> in = call.maps.in[0];
  const View<float> out = call.maps.out;
  const float *scale = call.packed, *shift = scale + out.shape.blocks() * kLanes;
  const V slope = splat(op.act.slope);
  auto with = [&](auto kind) {
    auto norm = [slope](V x, V s, V t) { return apply(decltype(kind)::value, slope, fma(x, s, t)); };
    auto row = [&](int n, int b, int y, int) {
      const BlockMask lanes = lanes_of_block(out.shape.c, b);
      const Block s = load_block(scale + b * kLanes), t = load_block(shift + b * kLanes);
      const float* x = in.pixel_ptr(n, b, y, 0);
      float* to = out.pixel_ptr(n, b, y, 0);
      for (int i = 0; i < out.shape.w * kLanes; i += kLanes) store_block(to + i, keep(each(norm, load_block(x + i), s, t), lanes));
    };
    for_each_row(*call.pool, out.shape, row);
  };
  with_kind(op.act.kind, with);
}
