// concat and slice on vectors: masked loads assemble every output vector.
// SPDX-License-Identifier: MIT
//
// Generic over the vector type V.  A file for one target includes it as text inside that target's anonymous namespace.

// The lanes `mask` of an output vector.  They come from the same lanes of the floats at `from`; other lanes are not read.
struct Chunk {
  const float* from;
  Mask mask;
};

// The sources of one output vector; at worst every lane comes from a different map.
struct Pieces {
  Chunk piece[kV];
  int count;
  bool whole; // one chunk covers all lanes
};

// Returns the chunks of output channels [first, first + kV) in row (n, y).
// The channels of the inputs are consecutive from output channel `offset` on, which is negative for a slice.
POSE_INLINE Pieces chunks_of(const Maps& maps, int offset, int first, int n, int y) {
  Pieces p;
  p.count = 0;
  p.whole = false;
  const int last = first + kV < maps.out.shape.c ? first + kV : maps.out.shape.c;
  for (int i = 0; i < maps.inputs; offset += maps.in[i++].shape.c) {
    const View<const float>& in = maps.in[i];
    int c = offset > first ? offset : first;
    const int end = offset + in.shape.c < last ? offset + in.shape.c : last;
    while (c < end) {
      const int lane = (c - offset) % kLanes, run = end - c < kLanes - lane ? end - c : kLanes - lane, at = c - first;
      p.piece[p.count].from = in.pixel_ptr(n, (c - offset) / kLanes, y, 0) + lane - at;
      p.piece[p.count++].mask = lanes_between(at, at + run);
      p.whole = run == kV;
      c += run;
    }
  }
  return p;
}

POSE_INLINE V gather(const Pieces& p, int i) {
  V v = zero();
  for (int k = 0; k < p.count; k++) v = load_into(v, p.piece[k].from + i, p.piece[k].mask);
  return v;
}

POSE_INLINE void copy_channels(const Call& call, int offset) {
  const View<float> out = call.maps.out;
  auto row = [&](int n, int b, int y, int) {
    Pieces pieces[kBlockVectors];
    bool whole = true;
    for (int k = 0; k < kBlockVectors; k++) {
      pieces[k] = chunks_of(call.maps, offset, b * kLanes + k * kV, n, y);
      whole = whole && pieces[k].whole;
    }
    float* to = out.pixel_ptr(n, b, y, 0);
    for (int i = 0; i < out.shape.w * kLanes; i += kLanes) {
      for (int k = 0; k < kBlockVectors; k++) store(to + i + k * kV, whole ? load(pieces[k].piece[0].from + i) : gather(pieces[k], i));
    }
  };
  for_each_row(*call.pool, out.shape, row);
}

bool accepts(const Maps& m) {
  for (int i = 0; i < m.inputs; i++) {
    if (!m.in[i].blocked()) return false;
  }
  return m.out.blocked();
}

bool accepts_concat(const Concat&, const Maps& m) {
  return accepts(m);
}

bool accepts_slice(const Slice&, const Maps& m) {
  return accepts(m);
}

void run_concat(const Concat&, const Call& call) noexcept {
  copy_channels(call, 0);
}

void run_slice(const Slice& op, const Call& call) noexcept {
  copy_channels(call, -op.begin);
}
