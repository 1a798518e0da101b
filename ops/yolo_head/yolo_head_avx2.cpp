// yolo_head: a pixel's channels are its output rows one behind the other, so it is one logistic over all of them into place; then the
// four numbers of each box are written over.
// SPDX-License-Identifier: MIT
#include "ops/vec/f32x8.h"
#include "ops/vec/rows.h"
#include "ops/yolo_head/yolo_head.h"

namespace pose {
namespace {

using namespace avx2;

bool accepts(const YoloHead&, const Maps& m) {
  const View<float>& out = m.out;
  return m.in[0].blocked() && out.pixel == out.shape.c && out.block == kLanes;
}

POSE_INLINE void all_logistic(const View<const float>& in, int n, int y, int x, float* to) {
  const int c = in.shape.c, whole = c / kLanes;
  for (int b = 0; b < whole; b++) {
    const Block v = load_block(in.pixel_ptr(n, b, y, x));
    store_block(to + b * kLanes, {logistic(v.v[0]), logistic(v.v[1])});
  }
  if (whole * kLanes == c) return;
  const Block v = load_block(in.pixel_ptr(n, whole, y, x));
  const BlockMask lanes = lanes_of_block(c, whole);
  float* tail = to + whole * kLanes;
  _mm256_maskstore_ps(tail, _mm256_castps_si256(lanes.m[0]), logistic(v.v[0]));
  _mm256_maskstore_ps(tail + kV, _mm256_castps_si256(lanes.m[1]), logistic(v.v[1]));
}

// x, y, w, h of one box in the low four lanes of registers.
POSE_INLINE void write_box(const YoloHead& op, const View<const float>& in, int n, int y, int x, int anchor, float* to) {
  const int c = anchor * (5 + op.classes);
  const V t = _mm256_setr_ps(in.at(n, y, x, c), in.at(n, y, x, c + 1), in.at(n, y, x, c + 2), in.at(n, y, x, c + 3), 0, 0, 0, 0);
  const V corner = _mm256_setr_ps(float(x), float(y), 0, 0, 0, 0, 0, 0);
  const V cell = _mm256_setr_ps(float(op.net_w) / float(in.shape.w), float(op.net_h) / float(in.shape.h), 0, 0, 0, 0, 0, 0);
  const V anchors = _mm256_setr_ps(0, 0, op.anchor_w[anchor], op.anchor_h[anchor], 0, 0, 0, 0);
  const V offset = fma(splat(op.scale_x_y), logistic(t), splat(-0.5f * (op.scale_x_y - 1)));
  const V box = _mm256_blend_ps(mul(add(offset, corner), cell), mul(exp(t), anchors), 0x0c);
  _mm256_maskstore_ps(to, _mm256_castps_si256(lanes_below(4)), box);
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

} // namespace

const Kernel<YoloHead> yolo_head_avx2{"avx2", Target::avx2, accepts, nullptr, nullptr, nullptr, run};

} // namespace pose
