// The micro-kernel under every convolution that is a matrix product: T output pixels x one panel of two vectors of output channels,
// all of it in registers.  An algorithm over V, behind conv2d_pixels.h.
// SPDX-License-Identifier: MIT

// One panel in one pass over the sum.
struct Pass {
  const std::int64_t* offsets; // where each slice begins behind the pixel's window; one more entry than slices, to prefetch from
  int slices;
  std::int64_t in_at;   // the panel's input channels behind those of the pixel
  const float* weights; // [slices][length][kPanel]
  const float* shift;   // what the sum begins with; null: with what an earlier pass left in the output
  bool last;            // the epilogue follows
};

// A slice is a block of 16 slots: loops over it unroll.
struct BlockLength {
  POSE_INLINE constexpr operator int() const { return kLanes; }
};

// v += sum over slices and length of input * weight.
template <int T, class Length> POSE_INLINE void multiply(V (&v)[T][2], const Pixels& px, const Pass& pass, Length length) {
  const float* in[T];
  for (int t = 0; t < T; t++) in[t] = px.in[t] + pass.in_at;
  const float* w = pass.weights;
  const std::int64_t *offset = pass.offsets, *end = offset + pass.slices;
  for (; offset != end; offset++) {
    const std::int64_t here = offset[0], next = offset[1];
    // The next slice is a row or a plane away: no hardware prefetcher follows.
    for (int t = 0; t < T; t++) _mm_prefetch(reinterpret_cast<const char*>(in[t] + next), _MM_HINT_T0);
    for (int k = 0; k < length; k++) {
      const V w0 = load(w), w1 = load(w + kV);
      w += kPanel;
      for (int t = 0; t < T; t++) {
        const V x = broadcast(in[t] + here + k);
        v[t][0] = fma(x, w0, v[t][0]);
        v[t][1] = fma(x, w1, v[t][1]);
      }
    }
  }
}

template <int T, class Length> void tile(const Pixels& px, const Pass& pass, const Panel& panel, Length length) {
  V v[T][2];
  for (int t = 0; t < T; t++) {
    for (int i = 0; i < 2; i++) v[t][i] = pass.shift != nullptr ? load(pass.shift + i * kV) : load(px.out[t] + panel.out_at + i * panel.out_step);
  }
  multiply(v, px, pass, length);
  if (pass.last) finish(v, panel, px);
  write(v, panel, px);
}

// tile<count>, 1 <= count <= T.
template <int T, class Length> POSE_INLINE void tile_of(int count, const Pixels& px, const Pass& pass, const Panel& panel, Length length) {
  if constexpr (T > 1) {
    if (count < T) return tile_of<T - 1>(count, px, pass, panel, length);
  }
  tile<T>(px, pass, panel, length);
}
