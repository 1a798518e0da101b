// softmax on vectors, in three passes over the blocks of a pixel: maximum; exponentials and their sum; division.
// SPDX-License-Identifier: MIT
//
// Generic over the vector type V.  A file for one target includes it as text inside that target's anonymous namespace.

bool accepts(const Softmax&, const Maps& m) {
  return m.in[0].blocked() && m.out.blocked();
}

POSE_INLINE void softmax_pixel(const View<const float>& in, const View<float>& out, int n, int y, int x) {
  const int blocks = in.shape.blocks();
  V top = splat(-__builtin_inff()), sum = zero();
  for (int b = 0; b < blocks; b++) {
    const Block v = load_block(in.pixel_ptr(n, b, y, x));
    const BlockMask lanes = lanes_of_block(in.shape.c, b);
    for (int i = 0; i < kBlockVectors; i++) top = max(top, select(lanes.m[i], v.v[i], top));
  }
  top = max_of_lanes(top);
  auto power = [top](V v) { return exp(sub(v, top)); };
  for (int b = 0; b < blocks; b++) {
    const Block e = keep(each(power, load_block(in.pixel_ptr(n, b, y, x))), lanes_of_block(in.shape.c, b));
    for (int i = 0; i < kBlockVectors; i++) sum = add(sum, e.v[i]);
    store_block(out.pixel_ptr(n, b, y, x), e);
  }
  sum = sum_of_lanes(sum);
  auto share = [sum](V e) { return div(e, sum); };
  for (int b = 0; b < blocks; b++) {
    float* to = out.pixel_ptr(n, b, y, x);
    store_block(to, keep(each(share, load_block(to)), lanes_of_block(in.shape.c, b))); // keeps a NaN sum out of the padding lanes
  }
}

void run(const Softmax&, const Call& call) noexcept {
  const View<const float> in = call.maps.in[0];
  const View<float> out = call.maps.out;
  const Shape rows{in.shape.n, in.shape.h, in.shape.w, kLanes}; // all blocks of a pixel at once
  auto row = [&](int n, int, int y, int) {
    for (int x = 0; x < in.shape.w; x++) softmax_pixel(in, out, n, y, x);
  };
  for_each_row(*call.pool, rows, row);
}
