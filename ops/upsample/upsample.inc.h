// upsample: a block of a pixel is loaded once for every output row and stored factor times.
// An algorithm over V: a file for one target includes it inside that target's anonymous namespace.
// SPDX-License-Identifier: MIT

bool accepts(const Upsample&, const Maps& m) {
  return m.in[0].blocked() && m.out.blocked();
}

void run(const Upsample& op, const Call& call) noexcept {
  const View<const float> in = call.maps.in[0];
  const View<float> out = call.maps.out;
  auto row = [&](int n, int b, int y, int) {
    const float* x = in.pixel_ptr(n, b, y / op.factor, 0);
    float* to = out.pixel_ptr(n, b, y, 0);
    for (int i = 0; i < in.shape.w; i++, x += kLanes) {
      const Block v = load_block(x);
      for (int j = 0; j < op.factor; j++, to += kLanes) store_block(to, v);
    }
  };
  for_each_row(*call.pool, out.shape, row);
}
