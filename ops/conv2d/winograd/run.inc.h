// Splits a Winograd convolution into tasks.  Generic over the vector type V; include it after winograd.inc.h.
// SPDX-License-Identifier: MIT

template <class W> POSE_INLINE WinogradCut cut_of(const Conv2d& op, const Maps& maps, int threads) {
  return winograd_cut({W::kM, kTilePoints<W>, kTile, kPanel}, op, conv_output_shape(op, maps.out.shape), threads);
}

// Layout of the scratch buffer: the part shared by all workers, then the parts of each worker.
template <class W> struct WinogradScratch {
  std::int64_t shared, first, second; // floats: shared; per worker: transformed inputs or weights, and products

  POSE_INLINE WinogradScratch(const WinogradCut& cut, int panels) {
    constexpr std::int64_t kPoints = kTilePoints<W>;
    const std::int64_t inputs = kPoints * cut.input_point();
    shared = cut.deep ? inputs : panels * kPoints * cut.weight_point(cut.inputs);
    first = cut.deep ? kPoints * cut.weight_point(cut.chunk) : inputs;
    second = kPoints * cut.product_point();
  }
  POSE_INLINE std::int64_t floats(int threads) const { return shared + threads * (first + second); }
  POSE_INLINE float* first_of(float* scratch, int worker) const { return scratch + shared + worker * (first + second); }
  POSE_INLINE float* second_of(float* scratch, int worker) const { return first_of(scratch, worker) + first; }
};

template <class W>
POSE_INLINE void write_panel(const WinogradRun<W>& run, std::int64_t first, std::int64_t count, int index, const Panel& panel,
                             const float* products) {
  const float* shift = run.packed + run.weights.shift_at() + index * kPanel;
  if (panel.vectors == 1) {
    run.template write_panel<1>(first, count, panel, shift, products);
  } else {
    run.template write_panel<2>(first, count, panel, shift, products);
  }
}

template <class W> POSE_INLINE void run_wide(const WinogradRun<W>& run, const WinogradScratch<W>& layout, const Call& call) {
  const WinogradCut& cut = run.cut;
  const std::int64_t point = cut.weight_point(cut.inputs), panel_floats = kTilePoints<W> * point;
  float* weights = call.scratch;
  auto transform = [&](std::int64_t i, int) {
    const int panel = int(i / cut.inputs), block = int(i % cut.inputs);
    run.transform_panel(panel, block, block + 1, weights + panel * panel_floats + block * kLanes * kPanel, point);
  };
  parallel_for(*call.pool, std::int64_t(run.weights.panels) * cut.inputs, transform);
  auto block = [&](std::int64_t i, int worker) {
    const std::int64_t first = cut.begin(i), count = cut.begin(i + 1) - first;
    float *inputs = layout.first_of(call.scratch, worker), *products = layout.second_of(call.scratch, worker);
    for (int g = 0; g < run.groups(count); g++) {
      run.transform_group(first, tile_begin(int(count), g), tile_begin(int(count), g + 1), 0, cut.inputs, inputs);
    }
    for (int p = 0; p < run.weights.panels; p++) {
      const Panel panel = panel_of(run.conv, p);
      run.multiply_panel(count, inputs, 0, cut.inputs, weights + p * panel_floats, point, products, panel.vectors, nullptr);
      write_panel(run, first, count, p, panel, products);
    }
  };
  parallel_for(*call.pool, cut.blocks, block);
}

template <class W> POSE_INLINE void run_deep(const WinogradRun<W>& run, const WinogradScratch<W>& layout, const Call& call) {
  const WinogradCut& cut = run.cut;
  const std::int64_t point = cut.weight_point(cut.chunk);
  const int chunks = (cut.inputs + cut.chunk - 1) / cut.chunk;
  float* inputs = call.scratch;
  for (std::int64_t i = 0; i < cut.blocks; i++) {
    const std::int64_t first = cut.begin(i), count = cut.begin(i + 1) - first;
    auto transform = [&](std::int64_t t, int) {
      const int g = int(t / chunks), q = int(t % chunks);
      run.transform_group(first, tile_begin(int(count), g), tile_begin(int(count), g + 1), cut.inputs * q / chunks, cut.inputs * (q + 1) / chunks,
                          inputs);
    };
    parallel_for(*call.pool, std::int64_t(run.groups(count)) * chunks, transform);
    auto panel = [&](std::int64_t p, int worker) {
      const Panel place = panel_of(run.conv, int(p));
      float *weights = layout.first_of(call.scratch, worker), *products = layout.second_of(call.scratch, worker);
      for (int q = 0; q < chunks; q++) {
        const int begin = cut.inputs * q / chunks, end = cut.inputs * (q + 1) / chunks;
        run.transform_panel(int(p), begin, end, weights, point);
        // Prefetches the next chunk of weights.  After the last chunk, it is one of the panel that this thread will probably take next.
        const std::int64_t next = q + 1 < chunks ? p : p + call.pool->threads();
        const float* soon = next < run.weights.panels ? run.weights_of(int(next), q + 1 < chunks ? end : 0) : nullptr;
        run.multiply_panel(count, inputs, begin, end, weights, point, products, place.vectors, soon);
      }
      write_panel(run, first, count, int(p), place, products);
    };
    parallel_for(*call.pool, run.weights.panels, panel);
  }
}

template <class W> bool winograd_accepts(const Conv2d& op, const Maps& maps) {
  const bool blocked = maps.in[0].blocked() && maps.out.blocked() && (!op.residual || maps.in[1].blocked());
  return blocked && op.groups == 1 && op.kernel_h == 3 && op.kernel_w == 3 && op.stride_h == W::kStride && op.stride_w == W::kStride &&
         op.in_c >= kLanes;
}

std::int64_t winograd_packed(const Conv2d& op) {
  return winograd_packed_floats(winograd_weights(op, kPanel));
}

void winograd_pack(const Conv2d& op, const RawWeights& raw, float* packed) {
  pack_winograd(op, winograd_weights(op, kPanel), raw, packed);
}

template <class W> std::int64_t winograd_scratch(const Conv2d& op, const Maps& maps, int threads) {
  return WinogradScratch<W>(cut_of<W>(op, maps, threads), winograd_weights(op, kPanel).panels).floats(threads);
}

template <class W> void winograd_run(const Conv2d& op, const Call& call) noexcept {
  const WinogradRun<W> run{conv_of(op, call), cut_of<W>(op, call.maps, call.pool->threads()), winograd_weights(op, kPanel), call.packed};
  const WinogradScratch<W> layout(run.cut, run.weights.panels);
  if (run.cut.deep) {
    run_deep<W>(run, layout, call);
  } else {
    run_wide<W>(run, layout, call);
  }
}

template <class W> constexpr Kernel<Conv2d> winograd_kernel(const char* name, Target target) {
  return {name,
          target,
          winograd_accepts<W>,
          winograd_packed,
          winograd_pack,
          winograd_scratch<W>,
          winograd_run<W>,
          winograd_cost<kV, W::kM, kTilePoints<W>>,
          W::kM == 5};
}
