// 3 x 3 convolution by Winograd's F(M x M, 3 x 3), in tiles of M x M outputs.
// SPDX-License-Identifier: MIT
//
// For each point of a transformed tile, (M + 2)^2 of them with stride 1, the sum over input channels is a matrix product: tiles x weights.
// Generic over the vector type V; include it after pixels.inc.h and transform.inc.h.

// No tensor is ever transformed as a whole.  There are two orders with the same arithmetic, so their results are bit-identical:
//   wide maps   The weights are transformed once, into a shared cache.  Tasks are blocks of tiles.
//               Their inputs, products and outputs stay in the second-level cache of the worker.
//   deep maps   The transformed weights are larger than a cache.  The inputs of a block of tiles are transformed and shared.
//               Tasks are panels of output channels, which transform their weights a chunk of input channels at a time.
//
// Layouts:
//   transformed inputs    [point][group][channel block][tile of the group][kLanes]; a group is as many tiles as one product holds in registers
//   transformed weights   [point][input channel][kPanel]
//   products              [point][tile][kPanel]

POSE_INLINE void prefetch_lines(const float* from, int lines) {
  for (int i = 0; i < lines; i++) _mm_prefetch(reinterpret_cast<const char*>(from + i * kLine), _MM_HINT_T0);
}

// The first output pixel of a tile.
struct TilePlace {
  int n, y, x;
};

// The data of one call.
template <class W> struct WinogradRun {
  static constexpr int kPoints = kTilePoints<W>;
  Conv conv;
  WinogradCut cut;
  WinogradWeights weights;
  const float* packed;

  // Returns the number of groups, near-equal in size, of a block of `count` tiles.
  POSE_INLINE int groups(std::int64_t count) const { return tiles_of(int(count)); }

  POSE_INLINE TilePlace place(std::int64_t tile) const {
    constexpr int M = W::kM;
    const std::int64_t picture = std::int64_t(cut.grid_h) * cut.grid_w, in_picture = tile % picture;
    return {int(tile / picture), int(in_picture / cut.grid_w) * M, int(in_picture % cut.grid_w) * M};
  }

  // Returns the untransformed weights.
  POSE_INLINE const float* weights_of(int panel, int block) const {
    return packed + panel * weights.panel_floats() + std::int64_t(block) * kLanes * 9 * kPanel;
  }

  void transform_tile(std::int64_t tile, int block, float* to) const;
  void transform_group(std::int64_t first, int begin, int end, int first_block, int end_block, float* inputs) const;
  void transform_panel(int panel, int first_block, int end_block, float* to, std::int64_t point) const;
  void multiply_panel(std::int64_t count, const float* inputs, int first_block, int end_block, const float* weights, std::int64_t point,
                      float* products, int vectors, const float* soon) const;
  template <int N> void write_panel(std::int64_t first, std::int64_t count, const Panel& panel, const float* shift, const float* products) const;
};

// Transforms tile `tile` of channel block `block`.  Tiles of the last row and column may extend past the halo, where the input is zero.
template <class W> POSE_INLINE void WinogradRun<W>::transform_tile(std::int64_t tile, int block, float* to) const {
  constexpr int S = W::kSide;
  const View<const float>& x = conv.x;
  const TilePlace at = place(tile);
  const int top = at.y * W::kStride - conv.op.pad_top, left = at.x * W::kStride - conv.op.pad_left;
  const float* from = x.pixel_ptr(at.n, block, top, left);
  const int rows = x.shape.h + x.halo - top, columns = x.shape.w + x.halo - left;
  if (rows >= S && columns >= S) {
    prefetch_inputs<W>(from, x.row, to, cut.input_point());
    for (int i = 0; i < kLanes; i += kV) transform_inputs<W>(from + i, x.row, to + i, cut.input_point());
    return;
  }
  alignas(kAlignment) float copy[S][S][kLanes];
  for (int y = 0; y < S; y++) {
    for (int z = 0; z < S; z++) {
      const bool there = y < rows && z < columns;
      for (int i = 0; i < kLanes; i += kV) store(&copy[y][z][i], there ? load(from + y * x.row + z * kLanes + i) : zero());
    }
  }
  for (int i = 0; i < kLanes; i += kV) transform_inputs<W>(&copy[0][0][i], S * kLanes, to + i, cut.input_point());
}

// Transforms tiles [begin, end) of the block that starts at tile `first`, channel blocks [first_block, end_block).
template <class W> void WinogradRun<W>::transform_group(std::int64_t first, int begin, int end, int first_block, int end_block, float* inputs) const {
  for (int b = first_block; b < end_block; b++) {
    float* to = inputs + (std::int64_t(begin) * cut.inputs + std::int64_t(b) * (end - begin)) * kLanes;
    for (int t = begin; t < end; t++, to += kLanes) transform_tile(first + t, b, to);
  }
}

// Transforms the weights of a panel, input channel blocks [first_block, end_block).
template <class W> void WinogradRun<W>::transform_panel(int panel, int first_block, int end_block, float* to, std::int64_t point) const {
  constexpr int kChannel = 9 * kPanel;
  const float* from = weights_of(panel, first_block);
  for (int c = first_block * kLanes; c < end_block * kLanes; c++, from += kChannel, to += kPanel) {
    prefetch_lines(from + 4 * kChannel, kChannel / kLine);
    for (int i = 0; i < kPanel; i += kV) transform_weights<W>(from + i, kPanel, to + i, point, kPanel);
  }
}

// Weights that are needed soon, prefetched a few lines at a time during other computations.
struct Ahead {
  const float* from;
  int lines; // per step
};

// Computes to [T][kPanel] (+)= in [blocks][T][kLanes] x weights [blocks][kLanes][kPanel].  Returns the position of `ahead` after its prefetches.
template <int T, int N> const float* multiply_tiles(const float* in, int blocks, const float* w, float* to, bool more, Ahead ahead) {
  V v[T][N];
#pragma GCC unroll 16
  for (int t = 0; t < T; t++) {
    for (int i = 0; i < N; i++) v[t][i] = zero();
  }
  for (int b = 0; b < blocks; b++, in += T * kLanes) {
    for (int i = 0; i < ahead.lines; i++, ahead.from += kLine) _mm_prefetch(reinterpret_cast<const char*>(ahead.from), _MM_HINT_T1);
#pragma GCC unroll 16
    for (int t = 0; t < T; t++) _mm_prefetch(reinterpret_cast<const char*>(in + (T + t) * kLanes), _MM_HINT_T0);
#pragma GCC unroll 4
    for (int k = 0; k < kLanes; k++, w += kPanel) {
      V weight[N];
      for (int i = 0; i < N; i++) weight[i] = load(w + i * kV);
#pragma GCC unroll 16
      for (int t = 0; t < T; t++) {
        const V x = broadcast(in + t * kLanes + k);
        for (int i = 0; i < N; i++) v[t][i] = fma(x, weight[i], v[t][i]);
      }
    }
  }
#pragma GCC unroll 16
  for (int t = 0; t < T; t++) {
    for (int i = 0; i < N; i++) {
      float* at = to + t * kPanel + i * kV;
      store(at, more ? add(load(at), v[t][i]) : v[t][i]); // each part sums from zero, since short sums have smaller roundings than a long one
    }
  }
  return ahead.from;
}

using MultiplyTiles = const float* (*)(const float*, int, const float*, float*, bool, Ahead);

template <int T> POSE_INLINE MultiplyTiles multiply_for(int count, int vectors) {
  if constexpr (T > 1) {
    if (count < T) return multiply_for<T - 1>(count, vectors);
  }
  return vectors == 1 ? multiply_tiles<T, 1> : multiply_tiles<T, 2>;
}

// Multiplies all points of `count` tiles x one panel, input channel blocks [first_block, end_block) of the sum.
// w begins at the first of these blocks.  Meanwhile it prefetches `soon`, the untransformed weights of as many channels, unless it is null.
template <class W>
void WinogradRun<W>::multiply_panel(std::int64_t count, const float* inputs, int first_block, int end_block, const float* w, std::int64_t point,
                                    float* products, int vectors, const float* soon) const {
  const int blocks = end_block - first_block, steps = kPoints * groups(count) * blocks, lines = blocks * kLanes * 9 * kPanel / kLine;
  Ahead ahead{soon, soon != nullptr ? (lines + steps - 1) / steps : 0};
  for (int p = 0; p < kPoints; p++) {
    for (int g = 0; g < groups(count); g++) {
      const int begin = tile_begin(int(count), g), size = tile_begin(int(count), g + 1) - begin;
      const float* in = inputs + p * cut.input_point() + (std::int64_t(begin) * cut.inputs + std::int64_t(first_block) * size) * kLanes;
      const MultiplyTiles multiply = multiply_for<kTile>(size, vectors);
      for (int b = 0; b < blocks; b += kSum) {
        ahead.from =
            multiply(in + std::int64_t(b) * size * kLanes, blocks - b < kSum ? blocks - b : kSum, w + p * point + std::int64_t(b) * kLanes * kPanel,
                     products + p * cut.product_point() + begin * kPanel, first_block + b > 0, ahead);
      }
    }
  }
}

// Transforms the columns of tile row r to pixels, in registers.
template <class W, int N> POSE_INLINE void transform_row(const V (&half)[N][W::kM][W::kPoints], int r, const V (&shift)[2], V (&v)[W::kM][N]) {
  for (int i = 0; i < N; i++) {
    V line[W::kM];
    W::outputs(half[i][r], line);
    for (int x = 0; x < W::kM; x++) v[x][i] = fma(line[x], splat(float(W::kScale[r] * W::kScale[x])), shift[i]);
  }
}

// Transforms products to pixels and applies the epilogue.
template <class W>
template <int N>
void WinogradRun<W>::write_panel(std::int64_t first, std::int64_t count, const Panel& panel, const float* shifts, const float* products) const {
  constexpr int M = W::kM;
  const Shape& y = conv.shape;
  const std::int64_t rows_apart = panel.out_row * conv.op.factor;
  V shift[2];
  for (int i = 0; i < N; i++) shift[i] = load(shifts + i * kV);
  for (std::int64_t t = first; t < first + count; t++, products += kPanel) {
    const TilePlace at = place(t);
    const float* next = conv.out_ptr(at.n, at.y, at.x + M); // prefetches what the next tile of the row writes
#pragma GCC unroll 81
    for (int i = 0; i < M * M * N; i++) __builtin_prefetch(next + i / N / M * rows_apart + i / N % M * panel.out_step + panel.out_at[i % N], 1);
    V half[N][M][W::kPoints];
    for (int i = 0; i < N; i++) transform_columns<W>(products + i * kV, cut.product_point(), half[i]);
    const int rows = y.h - at.y < M ? y.h - at.y : M, columns = y.w - at.x < M ? y.w - at.x : M;
#pragma GCC unroll 8
    for (int r = 0; r < M; r++) {
      if (r >= rows) break;
      V v[M][N];
      transform_row<W, N>(half, r, shift, v);
      finish(v, panel, panel.residual ? conv.residual.pixel_ptr(at.n, 0, at.y + r, at.x) : nullptr, columns);
      write(v, panel, conv.out_ptr(at.n, at.y + r, at.x), columns);
    }
  }
}
