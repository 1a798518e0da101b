// Convolution epilogue, applied in registers: y = post(act(sum) + residual), with zeros in padding lanes.
// SPDX-License-Identifier: MIT
//
// Generic over the vector type V; include it after pixels.inc.h.

// The epilogue of one panel of output channels.  out_at and residual_at are the offsets of its vectors from the first channel of a pixel.
struct Panel {
  std::int64_t out_at[2], residual_at[2];
  std::int64_t out_step; // from one pixel to the next
  std::int64_t out_row;  // from one stored row to the next
  int copies;            // of every pixel in both directions: the upsampling factor
  Act act, post;
  bool residual;
  int lanes;   // lanes of the panel that are channels, not padding
  int vectors; // vectors that the maps have: 1 where a panel is two blocks and the map ends after the first
};

POSE_INLINE Panel panel_of(const Conv& c, int index) {
  const int channel = index * kPanel, rest = c.op.out_c - channel;
  Panel p;
  for (int i = 0; i < 2; i++) {
    const int block = (channel + i * kV) / kLanes, lane = (channel + i * kV) % kLanes;
    p.out_at[i] = block * c.y.block + lane;
    if (c.op.placing == StoreMode::shuffle) {
      const int pixels = c.op.factor * c.op.factor, group = c.op.out_c / pixels, first = channel + i * kV, pixel = first / group;
      p.out_at[i] = first % group / kLanes * c.y.block + pixel / c.op.factor * c.y.row + pixel % c.op.factor * kLanes + lane;
    }
    p.residual_at[i] = block * c.residual.block + lane;
  }
  p.out_step = c.out_step();
  p.out_row = c.y.row;
  p.copies = c.op.placing == StoreMode::upsample ? c.op.factor : 1;
  p.act = c.op.act;
  p.post = c.op.post;
  p.residual = c.op.residual;
  p.lanes = rest < kPanel ? rest : kPanel;
  p.vectors = kV == kLanes && rest <= kV ? 1 : 2;
  return p;
}

// Applies an exponential activation.  The code is long, so there is one copy of it, which works in memory.
[[gnu::noinline]] void activate_in_memory(float* v, int vectors, Act act) {
  const V slope = splat(act.slope);
  for (int i = 0; i < vectors; i++) store(v + i * kV, apply(act.kind, slope, load(v + i * kV)));
}

template <ActKind kind, int T, int N> POSE_INLINE void activate_as(V (&v)[T][N], V slope) {
#pragma GCC unroll 16
  for (int t = 0; t < T; t++) {
    for (int i = 0; i < N; i++) v[t][i] = apply(kind, slope, v[t][i]);
  }
}

template <int T, int N> POSE_INLINE void activate(V (&v)[T][N], const Act& act) {
  const V slope = splat(act.slope);
  switch (act.kind) {
    case ActKind::linear: return;
    case ActKind::leaky: return activate_as<ActKind::leaky>(v, slope);
    case ActKind::relu: return activate_as<ActKind::relu>(v, slope);
    case ActKind::relu6: return activate_as<ActKind::relu6>(v, slope);
    default: break;
  }
  alignas(kAlignment) float memory[T * N * kV];
#pragma GCC unroll 16
  for (int t = 0; t < T; t++) {
    for (int i = 0; i < N; i++) store(memory + (N * t + i) * kV, v[t][i]);
  }
  activate_in_memory(memory, N * T, act);
#pragma GCC unroll 16
  for (int t = 0; t < T; t++) {
    for (int i = 0; i < N; i++) v[t][i] = load(memory + (N * t + i) * kV);
  }
}

// Applies the epilogue to T pixels.  The residual of pixel t starts at residual + t * kLanes; only the first `count` pixels have one.
template <int T, int N> POSE_INLINE void finish(V (&v)[T][N], const Panel& panel, const float* residual, int count) {
  activate(v, panel.act);
  if (panel.residual) {
#pragma GCC unroll 16
    for (int t = 0; t < T; t++) {
      if (t >= count) break;
      for (int i = 0; i < N; i++) v[t][i] = add(v[t][i], load(residual + t * kLanes + panel.residual_at[i]));
    }
  }
  activate(v, panel.post);
  if (panel.lanes >= N * kV) return;
  for (int i = 0; i < N; i++) {
    const Mask mask = lanes_below(panel.lanes - i * kV);
#pragma GCC unroll 16
    for (int t = 0; t < T; t++) v[t][i] = keep(v[t][i], mask);
  }
}

template <int T, int N> POSE_INLINE void write_once(const V (&v)[T][N], const Panel& panel, float* out, int count) {
#pragma GCC unroll 16
  for (int t = 0; t < T; t++) {
    if (t >= count) break;
    for (int i = 0; i < N; i++) store(out + t * panel.out_step + panel.out_at[i], v[t][i]);
  }
}

template <int T, int N> POSE_INLINE void write(const V (&v)[T][N], const Panel& panel, float* out, int count) {
  for (int y = 0; y < panel.copies; y++) {
    for (int x = 0; x < panel.copies; x++) write_once(v, panel, out + y * panel.out_row + x * kLanes, count);
  }
}
