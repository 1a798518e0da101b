// Implicit GEMM: convolution as a matrix product without im2col.
// SPDX-License-Identifier: MIT
//
// The loops are blocks of output pixels x passes over the sum x panels of output channels x tiles.
// There are two kernels: gemm for any convolution on blocked maps, stem for a net's first layer on compact input.
// Generic over the vector type V; include it after tile.inc.h.

struct Gemm {
  Conv conv;
  GemmLayout layout;
  const float* packed;
  const std::int64_t* offsets; // input offsets of the slices
};

// Returns the size of the scratch buffer: the offsets of the slices and one more, which the last slice prefetches from.
POSE_INLINE std::int64_t offset_floats(const GemmLayout& l) {
  return (l.slices + 1) * std::int64_t(sizeof(std::int64_t) / sizeof(float));
}

// Writes the offset of each slice from the first input of a pixel's window.
POSE_INLINE void fill_offsets(const Conv& c, GemmInput input, const GemmLayout& l, std::int64_t* to) {
  const int blocks = input == GemmInput::compact ? 1 : l.blocks, columns = input == GemmInput::compact ? 1 : c.op.kernel_w;
  for (int b = 0; b < blocks; b++) {
    for (int ky = 0; ky < c.op.kernel_h; ky++) {
      for (int kx = 0; kx < columns; kx++) *to++ = b * c.x.block + ky * c.x.row + kx * c.x.pixel;
    }
  }
  *to = to[-1];
}

template <class R> POSE_INLINE void run_task(const Gemm& g, const Task& task, R reading) {
  const GemmLayout& l = g.layout;
  RunList pixels;
  find_runs(g.conv, task.first_pixel, task.end_pixel, pixels);
  for (int q = 0; q < l.passes; q++) {
    for (int p = task.first_panel; p < task.end_panel; p++) {
      const Pass pass{g.offsets + l.pass_begin(q),
                      l.pass_begin(q + 1) - l.pass_begin(q),
                      g.conv.op.groups == 1 ? 0 : first_input_block(g.conv.op, l, p) * g.conv.x.block,
                      g.packed + l.weights_at(q, p),
                      q == 0 ? g.packed + l.shift_at() + p * kPanel : nullptr,
                      q + 1 == l.passes};
      const Panel panel = panel_of(g.conv, p);
      if (panel.vectors == 1) {
        for (int i = 0; i < pixels.count; i++) tile_of<kTile, 1>(pixels.runs[i], pass, panel, reading);
      } else {
        for (int i = 0; i < pixels.count; i++) tile_of<kTile, 2>(pixels.runs[i], pass, panel, reading);
      }
    }
  }
}

template <class R> POSE_INLINE void run_gemm(const Conv2d& op, const Call& call, GemmInput input, const GemmLayout& l, R reading) {
  auto* offsets = reinterpret_cast<std::int64_t*>(call.scratch);
  const Gemm g{conv_of(op, call), l, call.packed, offsets};
  fill_offsets(g.conv, input, l, offsets);
  const Tasks tasks = tasks_of(g.conv, l.panels, call.pool->threads());
  auto run = [&](std::int64_t i, int) { run_task(g, tasks.at(i), reading); };
  parallel_for(*call.pool, tasks.count(), run);
}

POSE_INLINE GemmLayout layout_for(const Conv2d& op, GemmInput input) {
  return gemm_layout(op, input, kPanel);
}

bool gemm_accepts(const Conv2d& op, const Maps& maps) {
  return maps.in[0].blocked() && maps.out.blocked() && (!op.residual || maps.in[1].blocked());
}

bool stem_accepts(const Conv2d& op, const Maps& maps) {
  const bool compact = maps.in[0].pixel == op.in_c && op.in_c < kLanes;
  return compact && maps.out.blocked() && (!op.residual || maps.in[1].blocked());
}

template <GemmInput input> std::int64_t gemm_packed(const Conv2d& op) {
  return gemm_packed_floats(layout_for(op, input));
}

template <GemmInput input> void gemm_pack(const Conv2d& op, const RawWeights& raw, float* packed) {
  pack_gemm(op, input, layout_for(op, input), raw, packed);
}

template <GemmInput input> std::int64_t gemm_scratch(const Conv2d& op, const Maps&, int) {
  return offset_floats(layout_for(op, input));
}

void gemm_run(const Conv2d& op, const Call& call) noexcept {
  using Block = Known<kLanes>;
  const GemmLayout l = layout_for(op, GemmInput::blocked);
  if (l.length == kLanes && op.stride_w == 1) {
    run_gemm(op, call, GemmInput::blocked, l, Reading<Block, Block>());
  } else if (l.length == kLanes && op.stride_w == 2) {
    run_gemm(op, call, GemmInput::blocked, l, Reading<Known<2 * kLanes>, Block>());
  } else {
    run_gemm(op, call, GemmInput::blocked, l, Reading<int, int>{op.stride_w * kLanes, l.length});
  }
}

void stem_run(const Conv2d& op, const Call& call) noexcept {
  const GemmLayout l = layout_for(op, GemmInput::compact);
  run_gemm(op, call, GemmInput::compact, l, Reading<int, int>{op.stride_w * op.in_c, l.length});
}

constexpr Kernel<Conv2d> gemm_kernel(const char* name, Target target) {
  return {name,     target,       gemm_accepts, gemm_packed<GemmInput::blocked>, gemm_pack<GemmInput::blocked>, gemm_scratch<GemmInput::blocked>,
          gemm_run, gemm_cost<kV>};
}

constexpr Kernel<Conv2d> stem_kernel(const char* name, Target target) {
  return {name, target, stem_accepts, gemm_packed<GemmInput::compact>, gemm_pack<GemmInput::compact>, gemm_scratch<GemmInput::compact>, stem_run};
}
