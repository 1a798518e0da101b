// binary on vectors, one block at a time.
// SPDX-License-Identifier: MIT
//
// Generic over the vector type V.  A file for one target includes it as text inside that target's anonymous namespace.

bool accepts(const Binary&, const Maps& m) {
  return m.in[0].blocked() && m.in[1].blocked() && m.out.blocked();
}

template <BinaryKind K> POSE_INLINE V value_of(V a, V b) {
  switch (K) {
    case BinaryKind::add: return add(a, b);
    case BinaryKind::sub: return sub(a, b);
    case BinaryKind::mul: return mul(a, b);
    case BinaryKind::div: return div(a, b);
    case BinaryKind::min: return min(a, b);
    case BinaryKind::max: return max(a, b);
    case BinaryKind::prelu: return where_negative(add(a, zero()), mul(a, b), a); // -0 + 0 is not negative
  }
  return a;
}

// One row of an operand: a block of every pixel, or the same one again and again.
struct Operand {
  const float* p;
  int step;    // from pixel to pixel
  bool scalar; // one channel, broadcast to all

  Operand(const View<const float>& v, int n, int b, int y)
      : p(v.pixel_ptr(n, v.shape.c == 1 ? 0 : b, v.shape.h == 1 ? 0 : y, 0)), step(v.shape.w == 1 ? 0 : kLanes), scalar(v.shape.c == 1) {}

  POSE_INLINE Block next() {
    Block block;
    if (scalar)
      for (int i = 0; i < kBlockVectors; i++) block.v[i] = broadcast(p);
    else
      block = load_block(p);
    p += step;
    return block;
  }
};

template <BinaryKind K> void run_kind(const Call& call) {
  const View<const float> a = call.maps.in[0], b = call.maps.in[1];
  const View<float> out = call.maps.out;
  auto f = [](V u, V v) { return value_of<K>(u, v); };
  auto row = [&](int n, int block, int y, int) {
    const BlockMask lanes = lanes_of_block(out.shape.c, block);
    Operand of_a(a, n, block, y), of_b(b, n, block, y);
    float* to = out.pixel_ptr(n, block, y, 0);
    for (int x = 0; x < out.shape.w; x++, to += kLanes) {
      const Block u = of_a.next(), v = of_b.next();
      store_block(to, keep(each(f, u, v), lanes));
    }
  };
  for_each_row(*call.pool, out.shape, row);
}

void run(const Binary& op, const Call& call) noexcept {
  switch (op.kind) {
    case BinaryKind::add: return run_kind<BinaryKind::add>(call);
    case BinaryKind::sub: return run_kind<BinaryKind::sub>(call);
    case BinaryKind::mul: return run_kind<BinaryKind::mul>(call);
    case BinaryKind::div: return run_kind<BinaryKind::div>(call);
    case BinaryKind::min: return run_kind<BinaryKind::min>(call);
    case BinaryKind::max: return run_kind<BinaryKind::max>(call);
    case BinaryKind::prelu: return run_kind<BinaryKind::prelu>(call);
  }
}
