// yolo_head on vectors: scores of all channels of a pixel, then the four numbers of each box are overwritten.
// SPDX-License-Identifier: MIT
//
// The channels of a pixel are consecutive output rows, so scores are written to their final position.
// Generic over the vector type V.  A file for one target includes it as text inside that target's anonymous namespace.

// The two other kinds are read in another order, for which the reference is fast enough.
bool accepts(const YoloHead& op, const Maps& m) {
  const View<float>& out = m.out;
  return op.kind != HeadKind::gaussian && op.kind != HeadKind::cells && m.in[0].blocked() && out.pixel == out.shape.c && out.block == kLanes;
}

// Writes f(every channel of the pixel).
template <class F> POSE_INLINE void write_channels(const View<const float>& in, int n, int y, int x, float* to, F f) {
  const int c = in.shape.c, whole = c / kLanes;
  for (int b = 0; b < whole; b++) store_block(to + b * kLanes, each(f, load_block(in.pixel_ptr(n, b, y, x))));
  if (whole * kLanes == c) return;
  const Block v = each(f, load_block(in.pixel_ptr(n, whole, y, x)));
  const BlockMask lanes = lanes_of_block(c, whole);
  for (int i = 0; i < kBlockVectors; i++) store(to + whole * kLanes + i * kV, v.v[i], lanes.m[i]);
}

// Replaces `count` numbers by their softmax, in the three passes of softmax.inc.h.
POSE_INLINE void softmax_in_place(float* p, int count) {
  const V lowest = splat(-__builtin_inff());
  V top = lowest, sum = zero();
  for (int i = 0; i < count; i += kV) top = max(top, load_into(lowest, p + i, lanes_below(count - i)));
  top = max_of_lanes(top);
  for (int i = 0; i < count; i += kV) {
    const Mask lanes = lanes_below(count - i);
    const V e = keep(exp(sub(load_into(lowest, p + i, lanes), top)), lanes);
    sum = add(sum, e);
    store(p + i, e, lanes);
  }
  sum = sum_of_lanes(sum);
  for (int i = 0; i < count; i += kV) {
    const Mask lanes = lanes_below(count - i);
    store(p + i, div(load_into(zero(), p + i, lanes), sum), lanes);
  }
}

// Writes x, y, w, h of a box of the kind distances.
POSE_INLINE void write_edges(const YoloHead& op, const View<const float>& in, int n, int y, int x, float* to) {
  const float left = in.at(n, y, x, 0), top = in.at(n, y, x, 1), right = in.at(n, y, x, 2), bottom = in.at(n, y, x, 3);
  to[0] = float(x) * (float(op.net_w) / float(in.shape.w)) + 0.5f * (right - left);
  to[1] = float(y) * (float(op.net_h) / float(in.shape.h)) + 0.5f * (bottom - top);
  to[2] = left + right;
  to[3] = top + bottom;
}

// Writes x, y, w, h of one box, computed in the low four lanes of registers.
POSE_INLINE void write_box(const YoloHead& op, const View<const float>& in, int n, int y, int x, int anchor, float* to) {
  const int c = anchor * op.stride();
  const bool square = op.kind == HeadKind::new_coords, linear = square || op.kind == HeadKind::anchor_free;
  const V t = first4(in.at(n, y, x, c), in.at(n, y, x, c + 1), in.at(n, y, x, c + 2), in.at(n, y, x, c + 3));
  const V corner = first4(float(x), float(y), 0, 0);
  const V cell = first4(float(op.net_w) / float(in.shape.w), float(op.net_h) / float(in.shape.h), 0, 0);
  const V anchors = first4(0, 0, op.anchor_w[anchor], op.anchor_h[anchor]);
  const V offset = fma(splat(op.scale_x_y), linear ? t : logistic(t), splat(-0.5f * (op.scale_x_y - 1)));
  const V factor = square ? mul(splat(4.0f), mul(t, t)) : exp(t);
  store4(to, select(lanes_below(2), mul(add(offset, corner), cell), mul(factor, anchors)));
}

// Writes the channels of a box without objectness, its four numbers first, then the best score and the classes.
POSE_INLINE void write_without_objectness(const YoloHead& op, const View<const float>& in, int n, int y, int x, float* to) {
  write_channels(in, n, y, x, to + 1, [](V v) { return v; }); // the classes are at their places
  for (int i = 0; i < 4; i++) to[i] = to[i + 1];
  if (op.kind == HeadKind::distances) write_edges(op, in, n, y, x, to);
  const V lowest = splat(-__builtin_inff());
  V best = lowest;
  for (int i = 0; i < op.classes; i += kV) best = max(load_into(lowest, to + 5 + i, lanes_below(op.classes - i)), best); // skips NaN
  store(to + 4, max_of_lanes(best), lanes_below(1));
}

// Writes objectness and classes of every box of a pixel to their places, and the numbers of the boxes too, which write_box() overwrites.
POSE_INLINE void write_scores(const YoloHead& op, const View<const float>& in, int n, int y, int x, float* to) {
  if (op.kind == HeadKind::yolo) return write_channels(in, n, y, x, to, [](V v) { return logistic(v); });
  write_channels(in, n, y, x, to, [](V v) { return v; });
  if (op.kind == HeadKind::new_coords || op.kind == HeadKind::anchor_free || op.kind == HeadKind::rows) return;
  for (int a = 0; a < op.anchors; a++) {
    float* box = to + a * op.stride();
    store(box + 4, logistic(splat(box[4])), lanes_below(1));
    if (op.kind == HeadKind::region) softmax_in_place(box + 5, op.classes);
  }
}

void run(const YoloHead& op, const Call& call) noexcept {
  const View<const float> in = call.maps.in[0];
  const View<float> out = call.maps.out;
  const Shape rows{in.shape.n, in.shape.h, in.shape.w, kLanes}; // all blocks of a pixel at once
  auto row = [&](int n, int, int y, int) {
    float* to = out.pixel_ptr(n, 0, 0, y * in.shape.w * op.anchors);
    for (int x = 0; x < in.shape.w; x++, to += op.anchors * out.shape.c) {
      if (!op.has_objectness()) {
        write_without_objectness(op, in, n, y, x, to);
        continue;
      }
      write_scores(op, in, n, y, x, to);
      if (op.kind == HeadKind::rows) continue;
      for (int a = 0; a < op.anchors; a++) write_box(op, in, n, y, x, a, to + a * op.stride());
    }
  };
  for_each_row(*call.pool, rows, row);
}
