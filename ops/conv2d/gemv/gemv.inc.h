// Fully connected layers (1x1 convolutions on 1x1 maps): a matrix times few vectors, limited by reading the weights.
// SPDX-License-Identifier: MIT
//
// Registers hold up to kPanelBlocks blocks of outputs of up to kPictures images, which share every weight that is read.
// Generic over the vector type V.  A file for one target defines kPanelBlocks and kPictures,
// then includes this as text inside the target's anonymous namespace.

bool accepts(const Conv2d& op, const Maps& m) {
  const Shape &in = m.in[0].shape, &out = m.out.shape;
  return op.kernel_h == 1 && op.kernel_w == 1 && op.groups == 1 && op.pad_top == 0 && op.pad_left == 0 && in.h == 1 && in.w == 1 && out.h == 1 &&
         out.w == 1 && m.in[0].blocked() && m.out.blocked() && (!op.residual || m.in[1].blocked());
}

void pack(const Conv2d& op, const RawWeights& raw, float* packed) {
  pack_gemv(op, kPanelBlocks, raw, packed);
}

// Part of the output: images `[picture, picture + P)` and output blocks [block, block + B).
struct Part {
  const Conv2d& op;
  const Call& call;
  GemvLayout layout;
  int picture, block;
};

// Applies the epilogue y = post(act(sum) + residual) to one block.  It runs once per many weights, so there is one copy of its code.
[[gnu::noinline]] void finish(const Part& part, int picture, int block, const float* sums) {
  const Conv2d& op = part.op;
  const V slopes[2] = {splat(op.act.slope), splat(op.post.slope)};
  auto act = [&](V v) { return apply(op.act.kind, slopes[0], v); };
  auto post = [&](V v) { return apply(op.post.kind, slopes[1], v); };
  auto plus = [](V a, V b) { return add(a, b); };
  Block v = each(act, load_block(sums));
  if (op.residual) v = each(plus, v, load_block(part.call.maps.in[1].pixel_ptr(picture, block, 0, 0)));
  store_block(part.call.maps.out.pixel_ptr(picture, block, 0, 0), keep(each(post, v), lanes_of_block(op.out_c, block)));
}

template <int P, int B> void multiply(const Part& part) {
  const GemvLayout& l = part.layout;
  const View<const float>& in = part.call.maps.in[0];
  const float *w = part.call.packed + l.panel_at(part.block), *shift = part.call.packed + l.shift_at() + part.block * kLanes;
  Block sum[P][B];
  for (int p = 0; p < P; p++) {
    for (int j = 0; j < B; j++) sum[p][j] = load_block(shift + j * kLanes);
  }
  for (int b = 0; b < l.in_blocks; b++) {
    const float* x[P];
    for (int p = 0; p < P; p++) x[p] = in.pixel_ptr(part.picture + p, b, 0, 0);
    for (int k = 0; k < kLanes; k++) {
      for (int j = 0; j < B; j++, w += kLanes) {
        const Block weights = load_block(w);
        for (int p = 0; p < P; p++) {
          const V v = broadcast(x[p] + k);
          for (int i = 0; i < kBlockVectors; i++) sum[p][j].v[i] = fma(v, weights.v[i], sum[p][j].v[i]);
        }
      }
    }
  }
  for (int p = 0; p < P; p++) {
    for (int j = 0; j < B; j++) {
      alignas(kAlignment) float sums[kLanes];
      store_block(sums, sum[p][j]);
      finish(part, part.picture + p, part.block + j, sums);
    }
  }
}

// Calls `multiply<pictures, blocks>`, for 1 to P images and 1 to B blocks.
template <int P, int B> POSE_INLINE void multiply_of(int pictures, int blocks, const Part& part) {
  if constexpr (P > 1) {
    if (pictures < P) return multiply_of<P - 1, B>(pictures, blocks, part);
  }
  if constexpr (B > 1) {
    if (blocks < B) return multiply_of<P, B - 1>(pictures, blocks, part);
  }
  multiply<P, B>(part);
}

void run(const Conv2d& op, const Call& call) noexcept {
  const GemvLayout l = gemv_layout(op);
  const int pictures = call.maps.out.shape.n;
  auto panel = [&](std::int64_t i, int) {
    const int block = int(i) * kPanelBlocks, rest = l.out_blocks - block, blocks = rest < kPanelBlocks ? rest : kPanelBlocks;
    for (int n = 0; n < pictures; n += kPictures) {
      multiply_of<kPictures, kPanelBlocks>(pictures - n < kPictures ? pictures - n : kPictures, blocks, Part{op, call, l, n, block});
    }
  };
  parallel_for(*call.pool, (l.out_blocks + kPanelBlocks - 1) / kPanelBlocks, panel);
}
