// Depthwise convolution: every channel has its own filter, so vectors run along channels and nothing is summed over them.
// An algorithm over V, behind conv2d_pixels.h.  Weights: [panel][kernel_h][kernel_w][kPanel], then shift [panel][kPanel].
// SPDX-License-Identifier: MIT

struct Filter {
  const float* weights; // [kernel_h][kernel_w][kPanel]
  const float* shift;   // [kPanel]
  std::int64_t in_at, in_step, row;
  int height, width;
};

// Width 0: any.
template <int T, int Width> void filter_tile(const Pixels& px, const Filter& f, const Panel& panel) {
  V v[T][2];
  const float* in[T];
  for (int t = 0; t < T; t++) {
    in[t] = px.in[t] + f.in_at;
    for (int i = 0; i < 2; i++) v[t][i] = load(f.shift + i * kV);
  }
  const int width = Width != 0 ? Width : f.width;
  const float* w = f.weights;
  for (int ky = 0; ky < f.height; ky++) {
    for (int kx = 0; kx < width; kx++) {
      const V w0 = load(w), w1 = load(w + kV);
      w += kPanel;
      for (int t = 0; t < T; t++) {
        v[t][0] = fma(load(in[t] + ky * f.row + kx * kLanes), w0, v[t][0]);
        v[t][1] = fma(load(in[t] + ky * f.row + kx * kLanes + f.in_step), w1, v[t][1]);
      }
    }
  }
  finish(v, panel, px);
  write(v, panel, px);
}

template <int T, int Width> POSE_INLINE void filter_tile_of(int count, const Pixels& px, const Filter& f, const Panel& panel) {
  if constexpr (T > 1) {
    if (count < T) return filter_tile_of<T - 1, Width>(count, px, f, panel);
  }
  filter_tile<T, Width>(px, f, panel);
}

// Tasks: blocks of pixels x panels.
template <int Width> POSE_INLINE void run_depthwise(const Conv2d& op, const Call& call) {
  const Conv c = conv_of(op, call);
  const Shape& s = c.y.shape;
  const std::int64_t pixels = std::int64_t(s.n) * s.h * s.w, blocks = (pixels + kMaxPixels - 1) / kMaxPixels;
  const int panels = (op.out_c + kPanel - 1) / kPanel, window = op.kernel_h * op.kernel_w;
  const float* shift = call.packed + std::int64_t(panels) * window * kPanel;
  auto task = [&](std::int64_t i, int) {
    const int p = int(i / blocks);
    const Filter f{call.packed + std::int64_t(p) * window * kPanel,
                   shift + std::int64_t(p) * kPanel,
                   p * kPanel / kLanes * c.x.block,
                   kV == kLanes ? c.x.block : kV,
                   c.x.row,
                   op.kernel_h,
                   op.kernel_w};
    const Panel panel = panel_of(c, p);
    PixelBlock block;
    find_pixels(c, pixels * (i % blocks) / blocks, pixels * (i % blocks + 1) / blocks, block);
    for (int t = 0; t < tiles_of(block.count); t++) {
      const int begin = tile_begin(block.count, t), count = tile_begin(block.count, t + 1) - begin;
      filter_tile_of<kTile, Width>(count, block.from(begin), f, panel);
    }
  };
  parallel_for(*call.pool, blocks * panels, task);
}
