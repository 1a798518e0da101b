// pixel_shuffle by 2 on vectors, sorted in registers.
// SPDX-License-Identifier: MIT
//
// The 16 channels of an output block in 2 x 2 pixels are the 64 channels of 4 input blocks.
// Generic over the vector type V.  A file for one target includes it as text inside that target's anonymous namespace.

bool accepts(const PixelShuffle& op, const Maps& m) {
  return op.factor == 2 && m.in[0].blocked() && m.out.blocked();
}

void run(const PixelShuffle&, const Call& call) noexcept {
  const View<const float> in = call.maps.in[0];
  const View<float> out = call.maps.out;
  const Shape tiles{in.shape.n, in.shape.h, in.shape.w, out.shape.c}; // the rows of input pixels for every output block
  auto row = [&](int n, int b, int y, int) {
    float* to[2] = {out.pixel_ptr(n, b, 2 * y, 0), out.pixel_ptr(n, b, 2 * y + 1, 0)};
    const int blocks = in.shape.blocks() - 4 * b; // fewer than 4 after the last channel
    for (int x = 0; x < in.shape.w; x++) {
      for (int part = 0; part < kBlockVectors; part++) { // of the output block
        V v[4] = {zero(), zero(), zero(), zero()}, sorted[4];
        for (int k = 0; k < 4; k++) {
          const int at = (4 * part + k) * kV;
          if (at / kLanes < blocks) v[k] = load(in.pixel_ptr(n, 4 * b + at / kLanes, y, x) + at % kLanes);
        }
        deinterleave4(v, sorted);
        for (int p = 0; p < 4; p++) store(to[p / 2] + (2 * x + p % 2) * kLanes + part * kV, sorted[p]);
      }
    }
  };
  for_each_row(*call.pool, tiles, row);
}
