// What all convolution kernels share: how output pixels are handed out, and runs of them.
// An algorithm over V: a file for one target includes it, and then algorithms that build on it, inside that target's anonymous
// namespace behind its ops/vec header and kTile, the most pixels whose two accumulators each fit the registers.
// SPDX-License-Identifier: MIT

inline constexpr int kPanel = 2 * kV;  // output channels in a panel
inline constexpr int kMaxPixels = 240; // in a block; their inputs of one pass stay in the second-level cache

// The maps of one call.
struct Conv {
  const Conv2d& op;
  View<const float> x, residual;
  View<float> y; // as it is stored
  Shape shape;   // of the convolution's own result

  // Where a pixel of the result begins in what is stored, and floats from one to the next.
  POSE_INLINE float* out_ptr(int n, int row, int column) const { return y.pixel_ptr(n, 0, row * op.factor, column * op.factor); }
  POSE_INLINE std::int64_t out_step() const { return std::int64_t(op.factor) * kLanes; }
};

POSE_INLINE Conv conv_of(const Conv2d& op, const Call& call) {
  return {op, call.maps.in[0], op.residual ? call.maps.in[1] : View<const float>{}, call.maps.out, conv_output_shape(op, call.maps.out.shape)};
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
  const std::int64_t pixels = std::int64_t(c.shape.n) * c.shape.h * c.shape.w, blocks = (pixels + kMaxPixels - 1) / kMaxPixels;
  const std::int64_t wanted = threads == 1 ? 1 : (8 * threads + blocks - 1) / blocks;
  return {pixels, blocks, panels, wanted < panels ? int(wanted) : panels};
}

// Something of even parts: `count` in parts of at most kTile, no short one at the end.
POSE_INLINE int tiles_of(int count) {
  return (count + kTile - 1) / kTile;
}
POSE_INLINE int tile_begin(int count, int i) {
  return count * i / tiles_of(count);
}

// Up to kTile output pixels side by side in a row: where the first one has its window, its output and its residual.
struct Run {
  const float* in;
  float* out;
  const float* residual;
  int count;
};

// The pixels of a task as runs.
struct RunList {
  int count;
  Run runs[kMaxPixels];
};

POSE_INLINE Run run_at(const Conv& c, int n, int y, int x, int count) {
  return {c.x.pixel_ptr(n, 0, y * c.op.stride_h - c.op.pad_top, x * c.op.stride_w - c.op.pad_left), c.out_ptr(n, y, x),
          c.op.residual ? c.residual.pixel_ptr(n, 0, y, x) : nullptr, count};
}

// Pixels [first, end) of all pictures.
POSE_INLINE void find_runs(const Conv& c, std::int64_t first, std::int64_t end, RunList& list) {
  const Shape& s = c.shape;
  list.count = 0;
  while (first < end) {
    const int n = int(first / s.w / s.h), y = int(first / s.w % s.h), x = int(first % s.w);
    const int length = end - first < s.w - x ? int(end - first) : s.w - x;
    for (int i = 0; i < tiles_of(length); i++) {
      const int begin = tile_begin(length, i);
      list.runs[list.count++] = run_at(c, n, y, x + begin, tile_begin(length, i + 1) - begin);
    }
    first += length;
  }
}
