// upsample on vectors: loads each block of a pixel once per output row and stores it factor times.
// SPDX-License-Identifier: MIT
//
// Generic over the vector type V.  A file for one target includes it as text inside that target's anonymous namespace.

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
