// rearrange on vectors, one block at a time, where whole blocks move.  The reference moves the others.
// SPDX-License-Identifier: MIT
//
// Generic over the vector type V.  A file for one target includes it as text inside that target's anonymous namespace.

bool accepts(const Rearrange& op, const Maps& m) {
  const bool whole = op.kind == Rearranging::crop || (op.kind == Rearranging::places && m.out.shape.c % kLanes == 0) ||
                     (op.kind != Rearranging::places && op.kind != Rearranging::darknet_reorg && m.in[0].shape.c % kLanes == 0);
  return whole && m.in[0].blocked() && m.out.blocked();
}

// Windows and places: the source of every pixel is found separately.
void run_gathered(const Rearrange& op, const Call& call) noexcept {
  const View<const float> in = call.maps.in[0];
  const View<float> out = call.maps.out;
  const V scale = splat(op.scale), shift = splat(op.shift);
  auto affine = [scale, shift](V v) { return fma(v, scale, shift); };
  auto row = [&](int n, int b, int y, int) {
    float* to = out.pixel_ptr(n, b, y, 0);
    for (int x = 0; x < out.shape.w; x++, to += kLanes) {
      Place from{0, 0, (y * op.width + x) * out.shape.c + b * kLanes};
      if (op.kind == Rearranging::windows) from = window_source(op, y, x, b * kLanes, in.shape.c);
      const bool inside = from.y >= 0 && from.y < in.shape.h && from.x >= 0 && from.x < in.shape.w;
      store_block(to, each(affine, inside ? load_block(in.pixel_ptr(n, from.c / kLanes, from.y, from.x)) : zero_block()));
    }
  };
  for_each_row(*call.pool, out.shape, row);
}

void run(const Rearrange& op, const Call& call) noexcept {
  if (op.kind == Rearranging::windows || op.kind == Rearranging::places) return run_gathered(op, call);
  const View<const float> in = call.maps.in[0];
  const View<float> out = call.maps.out;
  const V scale = splat(op.scale), shift = splat(op.shift);
  const bool crop = op.kind == Rearranging::crop;
  const int stride = crop ? 1 : op.factor, blocks = in.shape.blocks();
  auto affine = [scale, shift](V v) { return fma(v, scale, shift); };
  auto row = [&](int n, int b, int y, int) {
    const BlockMask lanes = lanes_of_block(out.shape.c, b);
    const int offset = b / blocks; // of the pixel among those that become channels; 0 for a crop
    const int top = crop ? op.top : offset / op.factor, left = crop ? op.left : offset % op.factor;
    const float* x = in.pixel_ptr(n, b % blocks, y * stride + top, left);
    float* to = out.pixel_ptr(n, b, y, 0);
    for (int i = 0; i < out.shape.w * kLanes; i += kLanes) store_block(to + i, keep(each(affine, load_block(x + i * stride)), lanes));
  };
  for_each_row(*call.pool, out.shape, row);
}
