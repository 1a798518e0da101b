// What all convolution kernels share: the pixels of a tile, the output channels of a panel, and the epilogue in registers.
// An algorithm over V: a file for one target includes it, and then an algorithm that builds on it, inside that target's anonymous
// namespace behind its ops/vec header and kTile, the most pixels whose two accumulators each fit the registers.
// SPDX-License-Identifier: MIT

inline constexpr int kPanel = 2 * kV;  // output channels in a panel
inline constexpr int kMaxPixels = 240; // in a block; their inputs of one pass stay in the second-level cache

// The maps of one call.
struct Conv {
  const Conv2d& op;
  View<const float> x, residual;
  View<float> y;
};

POSE_INLINE Conv conv_of(const Conv2d& op, const Call& call) {
  return {op, call.maps.in[0], op.residual ? call.maps.in[1] : View<const float>{}, call.maps.out};
}

// A task is some pixels of all pictures x some panels of output channels.
struct Task {
  std::int64_t first_pixel, end_pixel;
  int first_panel, end_panel;
};

// All of them; those of the same panels follow each other and find the weights in a shared cache.
struct Tasks {
  std::int64_t pixels, pixel_blocks;
  int panels, panel_groups;

  POSE_INLINE std::int64_t count() const { return pixel_blocks * panel_groups; }
  POSE_INLINE Task at(std::int64_t i) const {
    const std::int64_t group = i / pixel_blocks, block = i % pixel_blocks;
    return {pixels * block / pixel_blocks, pixels * (block + 1) / pixel_blocks, int(panels * group / panel_groups),
            int(panels * (group + 1) / panel_groups)};
  }
};

// Eight tasks a thread keep all busy to the end; panels are split only when pixels do not suffice.
POSE_INLINE Tasks tasks_of(const Conv& c, int panels, int threads) {
  const std::int64_t pixels = std::int64_t(c.y.shape.n) * c.y.shape.h * c.y.shape.w, blocks = (pixels + kMaxPixels - 1) / kMaxPixels;
  const std::int64_t wanted = threads == 1 ? 1 : (8 * threads + blocks - 1) / blocks;
  return {pixels, blocks, panels, wanted < panels ? int(wanted) : panels};
}

// Where output pixels side by side, perhaps over the ends of rows and pictures, have their window, their output and their residual.
struct Pixels {
  const float* const* in;
  float* const* out;
  const float* const* residual;
};

struct PixelBlock {
  int count;
  const float* in[kMaxPixels];
  float* out[kMaxPixels];
  const float* residual[kMaxPixels];

  POSE_INLINE Pixels from(int i) const { return {in + i, out + i, residual + i}; }
};

// Pixels [first, end) of all pictures.
POSE_INLINE void find_pixels(const Conv& c, std::int64_t first, std::int64_t end, PixelBlock& block) {
  const Shape& s = c.y.shape;
  int n = int(first / s.w / s.h), y = int(first / s.w % s.h), x = int(first % s.w);
  block.count = int(end - first);
  for (int i = 0; i < block.count; i++) {
    block.in[i] = c.x.pixel_ptr(n, 0, y * c.op.stride_h - c.op.pad_top, x * c.op.stride_w - c.op.pad_left);
    block.out[i] = c.y.pixel_ptr(n, 0, y, x);
    block.residual[i] = c.op.residual ? c.residual.pixel_ptr(n, 0, y, x) : nullptr;
    if (++x < s.w) continue;
    x = 0;
    if (++y < s.h) continue;
    y = 0;
    n++;
  }
}

// Tile i of a block is pixels [tile_begin(i), tile_begin(i + 1)): even heights, no short one at the end.
POSE_INLINE int tiles_of(int pixels) {
  return (pixels + kTile - 1) / kTile;
}
POSE_INLINE int tile_begin(int pixels, int i) {
  return pixels * i / tiles_of(pixels);
}

// The output channels of a tile: their places behind the pixel's first channel, from their first vector to the second, and what ends
// their sums: y = post(act(sum) + residual), zeros in padding lanes.
struct Panel {
  std::int64_t out_at, out_step, residual_at, residual_step;
  Act act, post;
  bool residual;
  int lanes; // that are channels
};

POSE_INLINE Panel panel_of(const Conv& c, int index) {
  const int channel = index * kPanel, block = channel / kLanes, lane = channel % kLanes, rest = c.op.out_c - channel;
  return {block * c.y.block + lane,
          kV == kLanes ? c.y.block : kV,
          block * c.residual.block + lane,
          kV == kLanes ? c.residual.block : kV,
          c.op.act,
          c.op.post,
          c.op.residual,
          rest < kPanel ? rest : kPanel};
}

// The exponential kinds: long code, so there is one copy of it.
[[gnu::noinline]] void activate_in_memory(float* v, int vectors, Act act) {
  const V slope = splat(act.slope);
  for (int i = 0; i < vectors; i++) store(v + i * kV, apply(act.kind, slope, load(v + i * kV)));
}

template <ActKind kind, int T> POSE_INLINE void activate_as(V (&v)[T][2], V slope) {
  for (int t = 0; t < T; t++) {
    for (int i = 0; i < 2; i++) v[t][i] = apply(kind, slope, v[t][i]);
  }
}

template <int T> POSE_INLINE void activate(V (&v)[T][2], const Act& act) {
  const V slope = splat(act.slope);
  switch (act.kind) {
    case ActKind::linear: return;
    case ActKind::leaky: return activate_as<ActKind::leaky>(v, slope);
    case ActKind::relu: return activate_as<ActKind::relu>(v, slope);
    case ActKind::relu6: return activate_as<ActKind::relu6>(v, slope);
    default: break;
  }
  alignas(kAlignment) float memory[T * kPanel];
  for (int t = 0; t < T; t++) {
    for (int i = 0; i < 2; i++) store(memory + (2 * t + i) * kV, v[t][i]);
  }
  activate_in_memory(memory, 2 * T, act);
  for (int t = 0; t < T; t++) {
    for (int i = 0; i < 2; i++) v[t][i] = load(memory + (2 * t + i) * kV);
  }
}

template <int T> POSE_INLINE void finish(V (&v)[T][2], const Panel& panel, const Pixels& px) {
  activate(v, panel.act);
  if (panel.residual) {
    for (int t = 0; t < T; t++) {
      for (int i = 0; i < 2; i++) v[t][i] = add(v[t][i], load(px.residual[t] + panel.residual_at + i * panel.residual_step));
    }
  }
  activate(v, panel.post);
  if (panel.lanes == kPanel) return;
  const Mask mask[2] = {lanes_below(panel.lanes), lanes_below(panel.lanes - kV)};
  for (int t = 0; t < T; t++) {
    for (int i = 0; i < 2; i++) v[t][i] = keep(v[t][i], mask[i]);
  }
}

template <int T> POSE_INLINE void write(const V (&v)[T][2], const Panel& panel, const Pixels& px) {
  for (int t = 0; t < T; t++) {
    for (int i = 0; i < 2; i++) store(px.out[t] + panel.out_at + i * panel.out_step, v[t][i]);
  }
}
