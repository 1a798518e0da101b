// conv_transpose2d on vectors: every phase of the output is a stride-1 convolution.
// SPDX-License-Identifier: MIT
//
// Registers hold kPixels output pixels of a phase, 16 channels each.
// Generic over the vector type V.  A file for one target includes it as text inside that target's anonymous namespace.
// The file defines kPixels before: the most pixels whose accumulators fit the registers.

bool is_dense(const ConvTranspose2d& op, const Maps& m) {
  return op.groups == 1 && m.in[0].blocked() && m.out.blocked();
}

bool is_depthwise(const ConvTranspose2d& op, const Maps& m) {
  return op.groups == op.in_c && op.in_c == op.out_c && m.in[0].blocked() && m.out.blocked();
}

std::int64_t padded(int c) {
  return std::int64_t(c + kLanes - 1) / kLanes * kLanes;
}

// Returns the size of scale and shift, each padded to whole blocks, and weights [out block][kernel_h][kernel_w][in_c / groups][16].
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

// The data shared by all pixels of an output row.
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

// Full convolution (one group): computes P outputs x, x + stride_w, ... that have the same taps.
struct Dense {
  template <int P> static void pixels(const Row& r, const Taps& cols, int x) {
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
};

// Depthwise convolution: computes the same outputs.
struct Depthwise {
  template <int P> static void pixels(const Row& r, const Taps& cols, int x) {
    const ConvTranspose2d& op = r.op;
    auto plus_product = [](V v, V w, V sum) { return fma(v, w, sum); };
    Block sum[P];
    for (int p = 0; p < P; p++) sum[p] = zero_block();
    for (int i = 0; i < r.taps.count; i++) {
      const float* from = r.in.pixel_ptr(r.n, r.block, r.taps.input - i, cols.input);
      const float* w = r.weights + ((r.taps.first_tap + i * op.stride_h) * op.kernel_w + cols.first_tap) * kLanes;
      for (int j = 0; j < cols.count; j++, from -= kLanes, w += op.stride_w * kLanes) {
        const Block weight = load_block(w);
        for (int p = 0; p < P; p++) sum[p] = each(plus_product, load_block(from + p * kLanes), weight, sum[p]);
      }
    }
    for (int p = 0; p < P; p++) r.write(sum[p], x + p * op.stride_w);
  }
};

// Calls K::pixels<count>, 1 <= count <= P.
template <class K, int P> POSE_INLINE void pixels_of(int count, const Row& r, const Taps& cols, int x) {
  if constexpr (P > 1) {
    if (count < P) return pixels_of<K, P - 1>(count, r, cols, x);
  }
  K::template pixels<P>(r, cols, x);
}

// Computes an output row.  Inside, neighbors of a phase have all taps in common.  At the borders every output is computed separately.
template <class K> void run_row(const Row& r, int out_w) {
  const ConvTranspose2d& op = r.op;
  const int stride = op.stride_w, size = r.in.shape.w;
  for (int first = 0; first < stride && first < out_w; first++) {
    const Phase phase = phase_of(first, op.kernel_w, stride, op.pad_left);
    const int outputs = (out_w - first + stride - 1) / stride, input = (first + op.pad_left) / stride;
    for (int i = 0; i < outputs;) {
      const Taps cols = taps_inside(phase, stride, input + i, size);
      int pixels = 1;
      while (pixels < kPixels && i + pixels < outputs) {
        const Taps next = taps_inside(phase, stride, input + i + pixels, size);
        if (next.first_tap != cols.first_tap || next.count != cols.count) break;
        pixels++;
      }
      pixels_of<K, kPixels>(pixels, r, cols, first + i * stride);
      i += pixels;
    }
  }
}

template <class K> POSE_INLINE void run_rows(const ConvTranspose2d& op, const Call& call) {
  const View<const float> in = call.maps.in[0];
  const View<float> out = call.maps.out;
  const float *scale = call.packed, *shift = scale + padded(op.out_c), *weights = shift + padded(op.out_c);
  const std::int64_t block_weights = std::int64_t(op.kernel_h) * op.kernel_w * (op.in_c / op.groups) * kLanes;
  auto row = [&](int n, int b, int y, int) {
    const Taps taps = taps_at(y, op.kernel_h, op.stride_h, op.pad_top, in.shape.h);
    const BlockMask lanes = lanes_of_block(op.out_c, b);
    run_row<K>(Row{op, in, n, b, taps, weights + b * block_weights, load_block(scale + b * kLanes), load_block(shift + b * kLanes), lanes,
                   splat(op.act.slope), out.pixel_ptr(n, b, y, 0)},
               out.shape.w);
  };
  for_each_row(*call.pool, out.shape, row);
}

void run_dense(const ConvTranspose2d& op, const Call& call) noexcept {
  run_rows<Dense>(op, call);
}

void run_depthwise(const ConvTranspose2d& op, const Call& call) noexcept {
  run_rows<Depthwise>(op, call);
}
