// layer_norm on vectors, in three passes over the blocks of a pixel: mean; variance; result.
// SPDX-License-Identifier: MIT
//
// Generic over the vector type V.  A file for one target includes it as text inside that target's anonymous namespace.

bool accepts(const LayerNorm&, const Maps& m) {
  return m.in[0].blocked() && m.out.blocked();
}

POSE_INLINE void norm_pixel(const LayerNorm& op, const View<const float>& in, const View<float>& out, const float* gamma, const float* beta, int n,
                            int y, int x) {
  const int blocks = in.shape.blocks();
  const V share = splat(1.0f / float(op.c));
  V sum = zero(), squares = zero();
  for (int b = 0; b < blocks; b++) {
    const Block v = load_block(in.pixel_ptr(n, b, y, x)); // padding lanes are zero
    for (int i = 0; i < kBlockVectors; i++) sum = add(sum, v.v[i]);
  }
  const V mean = mul(sum_of_lanes(sum), share);
  auto centered = [mean](V v) { return sub(v, mean); };
  for (int b = 0; b < blocks; b++) {
    const Block v = keep(each(centered, load_block(in.pixel_ptr(n, b, y, x))), lanes_of_block(op.c, b));
    for (int i = 0; i < kBlockVectors; i++) squares = fma(v.v[i], v.v[i], squares);
  }
  const V factor = div(splat(1.0f), sqrt(add(mul(sum_of_lanes(squares), share), splat(op.eps))));
  auto norm = [mean, factor](V v, V g, V t) { return fma(mul(sub(v, mean), factor), g, t); };
  for (int b = 0; b < blocks; b++) {
    const Block v = each(norm, load_block(in.pixel_ptr(n, b, y, x)), load_block(gamma + b * kLanes), load_block(beta + b * kLanes));
    store_block(out.pixel_ptr(n, b, y, x), keep(v, lanes_of_block(op.c, b)));
  }
}

void run(const LayerNorm& op, const Call& call) noexcept {
  const View<const float> in = call.maps.in[0];
  const View<float> out = call.maps.out;
  const float *gamma = call.packed, *beta = gamma + out.shape.blocks() * kLanes;
  const Shape rows{in.shape.n, in.shape.h, in.shape.w, kLanes}; // all blocks of a pixel at once
  auto row = [&](int n, int, int y, int) {
    for (int x = 0; x < in.shape.w; x++) norm_pixel(op, in, out, gamma, beta, n, y, x);
  };
  for_each_row(*call.pool, rows, row);
}
