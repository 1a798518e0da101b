// matmul on vectors: kPixels rows of a by one block of columns of b stay in registers.
// SPDX-License-Identifier: MIT
//
// Generic over the vector type V.  A file for one target includes it as text inside that target's anonymous namespace.

constexpr int kPixels = 6; // 6 pixels x 2 vectors of AVX2: twelve sums that do not wait for each other

bool accepts(const Matmul&, const Maps& m) {
  return m.in[0].blocked() && m.in[1].blocked() && m.out.blocked();
}

// Computes `P` pixels from x on.
template <int P>
POSE_INLINE void tile(const View<const float>& a, const float* b, std::int64_t b_pixel, const View<float>& out, int n, int block, int y, int x) {
  V sums[P][kBlockVectors];
  for (int p = 0; p < P; p++) {
    for (int i = 0; i < kBlockVectors; i++) sums[p][i] = zero();
  }
  for (int first = 0; first < a.shape.c; first += kLanes) {
    const float* from = a.pixel_ptr(n, first / kLanes, y, x);
    const int end = a.shape.c - first < kLanes ? a.shape.c - first : kLanes;
    for (int k = 0; k < end; k++, b += b_pixel) {
      const Block columns = load_block(b);
#pragma GCC unroll 6
      for (int p = 0; p < P; p++) {
        const V value = broadcast(from + p * kLanes + k);
        for (int i = 0; i < kBlockVectors; i++) sums[p][i] = fma(value, columns.v[i], sums[p][i]);
      }
    }
  }
  const BlockMask lanes = lanes_of_block(out.shape.c, block);
  for (int p = 0; p < P; p++) {
    Block v;
    for (int i = 0; i < kBlockVectors; i++) v.v[i] = sums[p][i];
    store_block(out.pixel_ptr(n, block, y, x + p), keep(v, lanes));
  }
}

void run(const Matmul&, const Call& call) noexcept {
  const View<const float> a = call.maps.in[0], b = call.maps.in[1];
  const View<float> out = call.maps.out;
  auto row = [&](int n, int block, int y, int) {
    const float* columns = b.pixel_ptr(n, block, b.shape.h == 1 ? 0 : y, 0);
    int x = 0;
    for (; x + kPixels <= out.shape.w; x += kPixels) tile<kPixels>(a, columns, b.pixel, out, n, block, y, x);
    for (; x < out.shape.w; x++) tile<1>(a, columns, b.pixel, out, n, block, y, x);
  };
  for_each_row(*call.pool, out.shape, row);
}
