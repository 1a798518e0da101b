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

template <int Width> POSE_INLINE void run_depthwise(const Conv2d& op, const Call& call) {
  const Conv c = conv_of(op, call);
  const int panels = (op.out_c + kPanel - 1) / kPanel;
  const std::int64_t filter = std::int64_t(op.kernel_h) * op.kernel_w * kPanel;
  const Tasks tasks = tasks_of(c, panels, call.pool->threads());
  auto run = [&](std::int64_t i, int) {
    const Task task = tasks.at(i);
    PixelBlock pixels;
    find_pixels(c, task.first_pixel, task.end_pixel, pixels);
    for (int p = task.first_panel; p < task.end_panel; p++) {
      const float *weights = call.packed + p * filter, *shift = call.packed + panels * filter + p * kPanel;
      const Filter f{weights, shift, p * kPanel / kLanes * c.x.block, kV == kLanes ? c.x.block : kV, c.x.row, op.kernel_h, op.kernel_w};
      const Panel panel = panel_of(c, p);
      for (int t = 0; t < tiles_of(pixels.count); t++) {
        const int begin = tile_begin(pixels.count, t), end = tile_begin(pixels.count, t + 1);
        filter_tile_of<kTile, Width>(end - begin, pixels.from(begin), f, panel);
      }
    }
  };
  parallel_for(*call.pool, tasks.count(), run);
}
