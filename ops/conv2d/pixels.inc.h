// Shared by all CPU convolution kernels: output pixels as tasks and runs.
// SPDX-License-Identifier: MIT
//
// Generic over the vector type V.  A file for one target includes it inside that target's anonymous namespace,
// followed by the algorithms that build on it.
// The target's ops/vec header and kTile come first.  kTile is the most pixels whose two accumulators each fit the registers.

inline constexpr int kPanel = 2 * kV;  // output channels per panel
inline constexpr int kMaxPixels = 240; // per block; their inputs of one pass stay in the second-level cache

// The maps of one call.
struct Conv {
  const Conv2d& op;
  View<const float> x, residual;
  View<float> y; // as stored
  Shape shape;   // of the result before the store

  // Return the address of a result pixel in the stored map, and the floats from one pixel to the next.
  POSE_INLINE float* out_ptr(int n, int row, int column) const { return y.pixel_ptr(n, 0, row * op.factor, column * op.factor); }
  POSE_INLINE std::int64_t out_step() const { return std::int64_t(op.factor) * kLanes; }
};

POSE_INLINE Conv conv_of(const Conv2d& op, const Call& call) {
  return {op, call.maps.in[0], op.residual ? call.maps.in[1] : View<const float>{}, call.maps.out, conv_output_shape(op, call.maps.out.shape)};
}

// A task: some pixels of all images x some panels of output channels.
struct Task {
  std::int64_t first_pixel, end_pixel;
  int first_panel, end_panel;
};

// All tasks.  Those of the same panels are consecutive, so that they find the weights in a shared cache.
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

// Splits the work.  Eight tasks per thread keep all threads busy to the end.  Panels are split only when there are too few pixels.
POSE_INLINE Tasks tasks_of(const Conv& c, int panels, int threads) {
  const std::int64_t pixels = std::int64_t(c.shape.n) * c.shape.h * c.shape.w, blocks = (pixels + kMaxPixels - 1) / kMaxPixels;
  const std::int64_t wanted = threads == 1 ? 1 : (8 * threads + blocks - 1) / blocks;
  return {pixels, blocks, panels, wanted < panels ? int(wanted) : panels};
}

// Splits `count` into near-equal tiles of at most kTile.
POSE_INLINE int tiles_of(int count) {
  return (count + kTile - 1) / kTile;
}
POSE_INLINE int tile_begin(int count, int i) {
  return count * i / tiles_of(count);
}

// A run of up to kTile adjacent output pixels of a row: pointers to the window, output and residual of the first one.
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

// Writes pixels [first, end), numbered over all images, as runs.
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
