// The GEMM micro-kernel: T output pixels x N vectors of output channels, all in registers.
// SPDX-License-Identifier: MIT
//
// Generic over the vector type V; include it after epilogue.inc.h.

// One panel in one pass over the sum.
struct Pass {
  const std::int64_t* offsets; // of each slice from the start of the window; one more entry than slices, for the prefetch
  int slices;
  std::int64_t in_at;   // offset of the panel's input channels from those of the pixel
  const float* weights; // [slices][length][kPanel]
  const float* shift;   // initial value of the sum; null: zero, and the sum is added to the output of earlier passes
  bool last;            // apply the epilogue
};

// A compile-time number, for loops and addresses.
template <int n> struct Known {
  POSE_INLINE constexpr operator int() const { return n; }
};

// Access to the input: floats from one pixel's window to the next, and inputs per slice.  Step and Length are int or Known<>.
template <class Step, class Length> struct Reading {
  Step step;
  Length length;
};

// Computes v += sum over slices and length of input * weight.
template <int T, int N, class Step, class Length>
POSE_INLINE void multiply(V (&v)[T][N], const float* in, const Pass& pass, Reading<Step, Length> r) {
  const float* w = pass.weights;
  const std::int64_t *offset = pass.offsets, *end = offset + pass.slices;
  for (; offset != end; offset++) {
    const float *here = in + offset[0], *next = in + offset[1];
    // Prefetches the next slice.  It is a row or a plane away, where a hardware prefetcher does not follow.
#pragma GCC unroll 16
    for (int t = 0; t < T; t++) _mm_prefetch(reinterpret_cast<const char*>(next + t * r.step), _MM_HINT_T0);
    for (int k = 0; k < r.length; k++, w += kPanel) {
      V weight[N];
      for (int i = 0; i < N; i++) weight[i] = load(w + i * kV);
#pragma GCC unroll 16
      for (int t = 0; t < T; t++) {
        const V x = broadcast(here + t * r.step + k);
        for (int i = 0; i < N; i++) v[t][i] = fma(x, weight[i], v[t][i]);
      }
    }
  }
}

// Computes one tile in one pass.  Each pass sums from zero and adds to the earlier result, since short sums have smaller roundings than a long one.
template <int T, int N, class R> void tile(const Run& run, const Pass& pass, const Panel& panel, R reading) {
  V v[T][N];
#pragma GCC unroll 16
  for (int t = 0; t < T; t++) {
    for (int i = 0; i < N; i++) v[t][i] = pass.shift != nullptr ? load(pass.shift + i * kV) : zero();
  }
  multiply(v, run.in + pass.in_at, pass, reading);
  if (pass.shift == nullptr) {
#pragma GCC unroll 16
    for (int t = 0; t < T; t++) {
      for (int i = 0; i < N; i++) v[t][i] = add(v[t][i], load(run.out + t * panel.out_step + panel.out_at[i]));
    }
  }
  if (pass.last) {
    finish(v, panel, run.residual, T);
    write(v, panel, run.out, T);
  } else {
    write_once(v, panel, run.out, T);
  }
}

// Calls tile<run.count, N>, 1 <= run.count <= T.
template <int T, int N, class R> POSE_INLINE void tile_of(const Run& run, const Pass& pass, const Panel& panel, R reading) {
  if constexpr (T > 1) {
    if (run.count < T) return tile_of<T - 1, N>(run, pass, panel, reading);
  }
  tile<T, N>(run, pass, panel, reading);
}
