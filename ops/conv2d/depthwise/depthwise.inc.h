// Depthwise convolution on vectors.  Every channel has a separate filter, so vectors run along channels and no sum crosses channels.
// SPDX-License-Identifier: MIT
//
// Generic over the vector type V; include it after epilogue.inc.h.
// Weights: [panel][kernel_h][kernel_w][kPanel], then shift [panel][kPanel].

struct Filter {
  const float* weights; // [kernel_h][kernel_w][kPanel]
  const float* shift;   // [kPanel]
  std::int64_t in_at[2], step, row;
  int height, width;
};

// Computes up to T pixels.  Width 0 means any kernel width.
template <int T, int N, int Width> void filter_tile(const Run& run, const Filter& f, const Panel& panel) {
  V v[T][N];
#pragma GCC unroll 16
  for (int t = 0; t < T; t++) {
    for (int i = 0; i < N; i++) v[t][i] = load(f.shift + i * kV);
  }
  const int width = Width != 0 ? Width : f.width;
  const float* w = f.weights;
  for (int ky = 0; ky < f.height; ky++) {
    for (int kx = 0; kx < width; kx++, w += kPanel) {
      for (int i = 0; i < N; i++) {
        const V weight = load(w + i * kV);
        const float* in = run.in + ky * f.row + kx * kLanes + f.in_at[i];
#pragma GCC unroll 16
        for (int t = 0; t < T; t++) v[t][i] = fma(load(in + t * f.step), weight, v[t][i]);
      }
    }
  }
  finish(v, panel, run.residual, T);
  write(v, panel, run.out, T);
}

template <int T, int N, int Width> POSE_INLINE void filter_tile_of(const Run& run, const Filter& f, const Panel& panel) {
  if constexpr (T > 1) {
    if (run.count < T) return filter_tile_of<T - 1, N, Width>(run, f, panel);
  }
  filter_tile<T, N, Width>(run, f, panel);
}

template <int Width> POSE_INLINE void run_depthwise(const Conv2d& op, const Call& call) {
  const Conv c = conv_of(op, call);
  const int panels = (op.out_c + kPanel - 1) / kPanel;
  const std::int64_t filter = std::int64_t(op.kernel_h) * op.kernel_w * kPanel;
  const Tasks tasks = tasks_of(c, panels, call.pool->threads());
  auto run = [&](std::int64_t i, int) {
    const Task task = tasks.at(i);
    RunList pixels;
    find_runs(c, task.first_pixel, task.end_pixel, pixels);
    for (int p = task.first_panel; p < task.end_panel; p++) {
      const float *weights = call.packed + p * filter, *shift = call.packed + panels * filter + p * kPanel;
      const std::int64_t in_at = p * (kPanel / kLanes) * c.x.block;
      const Filter f{weights, shift, {in_at, in_at + (kV == kLanes ? c.x.block : kV)}, op.stride_w * kLanes, c.x.row, op.kernel_h, op.kernel_w};
      const Panel panel = panel_of(c, p);
      if (panel.vectors == 1) {
        for (int r = 0; r < pixels.count; r++) filter_tile_of<kTile, 1, Width>(pixels.runs[r], f, panel);
      } else {
        for (int r = 0; r < pixels.count; r++) filter_tile_of<kTile, 2, Width>(pixels.runs[r], f, panel);
      }
    }
  };
  parallel_for(*call.pool, tasks.count(), run);
}

bool depthwise_accepts(const Conv2d& op, const Maps& maps) {
  const bool blocked = maps.in[0].blocked() && maps.out.blocked() && (!op.residual || maps.in[1].blocked());
  return blocked && op.placing == StoreMode::plain && op.groups == op.in_c && op.in_c == op.out_c;
}

std::int64_t depthwise_packed(const Conv2d& op) {
  return depthwise_packed_floats(op, kPanel);
}

void depthwise_pack(const Conv2d& op, const RawWeights& raw, float* packed) {
  pack_depthwise(op, kPanel, raw, packed);
}

void depthwise_run(const Conv2d& op, const Call& call) noexcept {
  switch (op.kernel_w) {
    case 3: return run_depthwise<3>(op, call);
    case 5: return run_depthwise<5>(op, call);
    default: return run_depthwise<0>(op, call);
  }
}

constexpr Kernel<Conv2d> depthwise_kernel(const char* name, Target target) {
  return {name, target, depthwise_accepts, depthwise_packed, depthwise_pack, nullptr, depthwise_run};
}
