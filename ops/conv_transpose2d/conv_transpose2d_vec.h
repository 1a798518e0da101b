// conv_transpose2d: every phase of the output is a stride-1 convolution; registers hold kPixels pixels of it (dense) or one (depthwise), 16
// channels each.  Behind kPixels, the most pixels whose accumulators fit the registers.
// An algorithm over V: a file for one target includes it inside that target's anonymous namespace.
// SPDX-License-Identifier: MIT

bool is_dense(const ConvTranspose2d& op, const Maps& m) {
  return op.groups == 1 && m.in[0].blocked() && m.out.blocked();
}

bool is_depthwise(const ConvTranspose2d& op, const Maps& m) {
  return op.groups == op.in_c && op.in_c == op.out_c && m.in[0].blocked() && m.out.blocked();
}

std::int64_t padded(int c) {
  return std::int64_t(c + kLanes - 1) / kLanes * kLanes;
}

// packed: scale and shift, each padded to whole blocks; weights [out block][kernel_h][kernel_w][in_c / groups][16].
std::int64_t packed_floats(const ConvTranspose2d& op) {
  return padded(op.out_c) * (2 + std::int64_t(op.kernel_h) * op.kernel_w * (op.in_c / op.groups));
}

void pack(const ConvTranspose2d& op, const RawWeights& raw, float* packed) {
  const float* bias = raw.shift != nullptr ? raw.shift : op.bias ? raw.tensors[1] : nullptr;
  float *shift = packed + padded(op.out_c), *weights = shift + padded(op.out_c);
  const int taps = op.kernel_h * op.kernel_w, depth = op.in_c / op.groups, out_group = op.out_c / op.groups;
  for (int o = 0; o < op.out_c; o++) {
    packed[o] = raw.scale != nullptr ? raw.scale[o] : 1.0f;
    shift[o] = bias != nullptr ? bias[o] : 0.0f;
    for (int t = 0; t < taps; t++) {
      for (int i = 0; i < depth; i++) {
        const std::int64_t in = std::int64_t(o / out_group) * depth + i;
        weights[((std::int64_t(o / kLanes) * taps + t) * depth + i) * kLanes + o % kLanes] =
            raw.tensors[0][(in * out_group + o % out_group) * taps + t];
      }
    }
  }
}

// What is the same for all pixels of an output row.
struct Row {
  const ConvTranspose2d& op;
  const View<const float>& in;
  int n, block;
  Taps taps;            // of the row
  const float* weights; // of the output block
  Block scale, shift;
  BlockMask lanes;
  V slope;
  float* out;

  POSE_INLINE void write(const Block& sum, int x) const {
    auto act = [this](V v, V s, V t) { return apply(op.act.kind, slope, fma(v, s, t)); };
    store_block(out + x * kLanes, keep(each(act, sum, scale, shift), lanes));
  }
};

// P outputs x, x + stride_w, ... that have the same taps.
template <int P> void dense_pixels(const Row& r, const Taps& cols, int x) {
  const ConvTranspose2d& op = r.op;
  Block sum[P];
  for (int p = 0; p < P; p++) sum[p] = zero_block();
  for (int i = 0; i < r.taps.count; i++) {
    for (int j = 0; j < cols.count; j++) {
      const int tap = (r.taps.first_tap + i * op.stride_h) * op.kernel_w + cols.first_tap + j * op.stride_w;
      const float* w = r.weights + std::int64_t(tap) * op.in_c * kLanes;
      for (int c = 0; c < op.in_c; c += kLanes) {
        const float* from = r.in.pixel_ptr(r.n, c / kLanes, r.taps.input - i, cols.input - j);
        const int lanes = op.in_c - c < kLanes ? op.in_c - c : kLanes;
        for (int k = 0; k < lanes; k++, w += kLanes) {
          const Block weight = load_block(w);
          for (int p = 0; p < P; p++) {
            const V v = broadcast(from + p * kLanes + k);
            for (int q = 0; q < kBlockVectors; q++) sum[p].v[q] = fma(v, weight.v[q], sum[p].v[q]);
          }
        }
      }
    }
  }
  for (int p = 0; p < P; p++) r.write(sum[p], x + p * op.stride_w);
}

// dense_pixels<count>, 1 <= count <= P.
template <int P> POSE_INLINE void dense_pixels_of(int count, const Row& r, const Taps& cols, int x) {
  if constexpr (P > 1) {
    if (count < P) return dense_pixels_of<P - 1>(count, r, cols, x);
  }
  dense_pixels<P>(r, cols, x);
}

// Inside, neighbours of a phase have all taps of it; at the borders every output goes alone.
void dense_row(const Row& r, int out_w) {
  const ConvTranspose2d& op = r.op;
  for (int phase = 0; phase < op.stride_w; phase++) {
    for (int x = phase; x < out_w;) {
      const Taps cols = taps_at(x, op.kernel_w, op.stride_w, op.pad_left, r.in.shape.w);
      int pixels = 1;
      while (pixels < kPixels && x + pixels * op.stride_w < out_w) {
        const Taps next = taps_at(x + pixels * op.stride_w, op.kernel_w, op.stride_w, op.pad_left, r.in.shape.w);
        if (next.first_tap != cols.first_tap || next.count != cols.count) break;
        pixels++;
      }
      dense_pixels_of<kPixels>(pixels, r, cols, x);
      x += pixels * op.stride_w;
    }
  }
}

void depthwise_row(const Row& r, int out_w) {
  const ConvTranspose2d& op = r.op;
  auto plus_product = [](V v, V w, V sum) { return fma(v, w, sum); };
  for (int x = 0; x < out_w; x++) {
    const Taps cols = taps_at(x, op.kernel_w, op.stride_w, op.pad_left, r.in.shape.w);
    Block sum = zero_block();
    for (int i = 0; i < r.taps.count; i++) {
      const float* from = r.in.pixel_ptr(r.n, r.block, r.taps.input - i, cols.input);
      const float* w = r.weights + ((r.taps.first_tap + i * op.stride_h) * op.kernel_w + cols.first_tap) * kLanes;
      for (int j = 0; j < cols.count; j++, from -= kLanes, w += op.stride_w * kLanes) {
        sum = each(plus_product, load_block(from), load_block(w), sum);
      }
    }
    r.write(sum, x);
  }
}

POSE_INLINE void run_rows(const ConvTranspose2d& op, const Call& call, void (*run_row)(const Row&, int)) {
  const View<const float> in = call.maps.in[0];
  const View<float> out = call.maps.out;
  const float *scale = call.packed, *shift = scale + padded(op.out_c), *weights = shift + padded(op.out_c);
  const std::int64_t block_weights = std::int64_t(op.kernel_h) * op.kernel_w * (op.in_c / op.groups) * kLanes;
  auto row = [&](int n, int b, int y, int) {
    const Taps taps = taps_at(y, op.kernel_h, op.stride_h, op.pad_top, in.shape.h);
    const BlockMask lanes = lanes_of_block(op.out_c, b);
    run_row(Row{op, in, n, b, taps, weights + b * block_weights, load_block(scale + b * kLanes), load_block(shift + b * kLanes), lanes,
                splat(op.act.slope), out.pixel_ptr(n, b, y, 0)},
            out.shape.w);
  };
  for_each_row(*call.pool, out.shape, row);
}

void run_dense(const ConvTranspose2d& op, const Call& call) noexcept {
  run_rows(op, call, dense_row);
}

void run_depthwise(const ConvTranspose2d& op, const Call& call) noexcept {
  run_rows(op, call, depthwise_row);
}
