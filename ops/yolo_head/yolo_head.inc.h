// yolo_head on vectors: one logistic over all channels of a pixel, then the four numbers of each box are overwritten.
// SPDX-License-Identifier: MIT
//
// The channels of a pixel are consecutive output rows, so the logistic writes to the final position.
// Generic over the vector type V.  A file for one target includes it as text inside that target's anonymous namespace.

bool accepts(const YoloHead&, const Maps& m) {
  const View<float>& out = m.out;
  return m.in[0].blocked() && out.pixel == out.shape.c && out.block == kLanes;
}

POSE_INLINE void all_logistic(const View<const float>& in, int n, int y, int x, float* to) {
  const int c = in.shape.c, whole = c / kLanes;
  auto f = [](V v) { return logistic(v); };
  for (int b = 0; b < whole; b++) store_block(to + b * kLanes, each(f, load_block(in.pixel_ptr(n, b, y, x))));
  if (whole * kLanes == c) return;
  const Block v = each(f, load_block(in.pixel_ptr(n, whole, y, x)));
  const BlockMask lanes = lanes_of_block(c, whole);
  for (int i = 0; i < kBlockVectors; i++) store(to + whole * kLanes + i * kV, v.v[i], lanes.m[i]);
}

// Writes x, y, w, h of one box, computed in the low four lanes of registers.
POSE_INLINE void write_box(const YoloHead& op, const View<const float>& in, int n, int y, int x, int anchor, float* to) {
  const int c = anchor * (5 + op.classes);
  const V t = first4(in.at(n, y, x, c), in.at(n, y, x, c + 1), in.at(n, y, x, c + 2), in.at(n, y, x, c + 3));
  const V corner = first4(float(x), float(y), 0, 0);
  const V cell = first4(float(op.net_w) / float(in.shape.w), float(op.net_h) / float(in.shape.h), 0, 0);
  const V anchors = first4(0, 0, op.anchor_w[anchor], op.anchor_h[anchor]);
  const V offset = fma(splat(op.scale_x_y), logistic(t), splat(-0.5f * (op.scale_x_y - 1)));
  store4(to, select(lanes_below(2), mul(add(offset, corner), cell), mul(exp(t), anchors)));
}

void run(const YoloHead& op, const Call& call) noexcept {
  const View<const float> in = call.maps.in[0];
  const View<float> out = call.maps.out;
  const Shape rows{in.shape.n, in.shape.h, in.shape.w, kLanes}; // all blocks of a pixel at once
  auto row = [&](int n, int, int y, int) {
    float* to = out.pixel_ptr(n, 0, 0, y * in.shape.w * op.anchors);
    for (int x = 0; x < in.shape.w; x++, to += in.shape.c) {
      all_logistic(in, n, y, x, to);
      for (int a = 0; a < op.anchors; a++) write_box(op, in, n, y, x, a, to + a * (5 + op.classes));
    }
  };
  for_each_row(*call.pool, rows, row);
}
