// scale on vectors, one block at a time.  The factors of channels stay in the cache.
// SPDX-License-Identifier: MIT
//
// Generic over the vector type V.  A file for one target includes it as text inside that target's anonymous namespace.

bool accepts(const Scale& op, const Maps& m) {
  return m.in[0].blocked() && m.in[1].blocked() && (!op.residual || m.in[2].blocked()) && m.out.blocked();
}

void run(const Scale& op, const Call& call) noexcept {
  const View<const float> in = call.maps.in[0], factors = call.maps.in[1];
  const View<const float> residual = op.residual ? call.maps.in[2] : View<const float>{};
  const View<float> out = call.maps.out;
  const int factor_step = factors.shape.h == 1 && factors.shape.w == 1 ? 0 : kLanes; // from pixel to pixel
  const V slope = splat(op.act.slope);
  auto with = [&](auto kind) {
    auto product = [slope](V x, V s) { return apply(decltype(kind)::value, slope, mul(x, s)); };
    auto product_and_sum = [slope](V x, V s, V r) { return apply(decltype(kind)::value, slope, fma(x, s, r)); };
    auto row = [&](int n, int b, int y, int) {
      const BlockMask lanes = lanes_of_block(out.shape.c, b);
      const float* factor = factors.pixel_ptr(n, b, factor_step == 0 ? 0 : y, 0);
      const float* x = in.pixel_ptr(n, b, y, 0);
      const float* r = op.residual ? residual.pixel_ptr(n, b, y, 0) : nullptr;
      float* to = out.pixel_ptr(n, b, y, 0);
      for (int i = 0; i < out.shape.w * kLanes; i += kLanes, factor += factor_step) {
        const Block s = load_block(factor);
        const Block v = r != nullptr ? each(product_and_sum, load_block(x + i), s, load_block(r + i)) : each(product, load_block(x + i), s);
        store_block(to + i, keep(v, lanes));
      }
    };
    for_each_row(*call.pool, out.shape, row);
  };
  with_kind(op.act.kind, with);
}
