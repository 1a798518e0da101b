// activation on vectors, one block at a time.
// SPDX-License-Identifier: MIT
//
// Generic over the vector type V.  A file for one target includes it as text inside that target's anonymous namespace.

bool accepts(const Activation&, const Maps& m) {
  return m.in[0].blocked() && m.out.blocked();
}

void run(const Activation& op, const Call& call) noexcept {
  const View<const float> in = call.maps.in[0];
  const View<float> out = call.maps.out;
  auto with_act = [&](auto act) {
    auto row = [&](int n, int b, int y, int) {
      const BlockMask lanes = lanes_of_block(out.shape.c, b);
      const float* x = in.pixel_ptr(n, b, y, 0);
      float* to = out.pixel_ptr(n, b, y, 0);
      for (int i = 0; i < out.shape.w * kLanes; i += kLanes) store_block(to + i, keep(each(act, load_block(x + i)), lanes));
    };
    for_each_row(*call.pool, out.shape, row);
  };
  const V slope = splat(op.act.slope);
  auto with = [&](auto kind) { with_act([slope](V v) { return apply(decltype(kind)::value, slope, v); }); };
  if (is_fusible(op.act))
    with_kind(op.act.kind, with);
  else
    with_act([kind = op.act.kind, slope](V v) { return apply_other(kind, slope, v); });
}
