// softmax: three walks over a pixel's blocks: maximum; exponentials and their sum; division.
// SPDX-License-Identifier: MIT
#include "ops/softmax/softmax.h"
#include "ops/vec/f32x8.h"
#include "ops/vec/rows.h"

namespace pose {
namespace {

using namespace avx2;

bool accepts(const Softmax&, const Maps& m) {
  return m.in[0].blocked() && m.out.blocked();
}

// The maximum and the sum of all lanes, in every lane; always in the same order.
POSE_INLINE V max_of_lanes(V v) {
  v = max(v, _mm256_permute2f128_ps(v, v, 1));
  v = max(v, _mm256_permute_ps(v, 0x4e));
  return max(v, _mm256_permute_ps(v, 0xb1));
}
POSE_INLINE V sum_of_lanes(V v) {
  v = add(v, _mm256_permute2f128_ps(v, v, 1));
  v = add(v, _mm256_permute_ps(v, 0x4e));
  return add(v, _mm256_permute_ps(v, 0xb1));
}

POSE_INLINE void softmax_pixel(const View<const float>& in, const View<float>& out, int n, int y, int x) {
  const int blocks = in.shape.blocks();
  V top = splat(-__builtin_inff()), sum = zero();
  for (int b = 0; b < blocks; b++) {
    const Block v = load_block(in.pixel_ptr(n, b, y, x));
    const BlockMask lanes = lanes_of_block(in.shape.c, b);
    top = max(top, _mm256_blendv_ps(top, v.v[0], lanes.m[0]));
    top = max(top, _mm256_blendv_ps(top, v.v[1], lanes.m[1]));
  }
  top = max_of_lanes(top);
  for (int b = 0; b < blocks; b++) {
    const Block v = load_block(in.pixel_ptr(n, b, y, x));
    const BlockMask lanes = lanes_of_block(in.shape.c, b);
    const Block e{keep(exp(sub(v.v[0], top)), lanes.m[0]), keep(exp(sub(v.v[1], top)), lanes.m[1])};
    sum = add(sum, add(e.v[0], e.v[1]));
    store_block(out.pixel_ptr(n, b, y, x), e);
  }
  sum = sum_of_lanes(sum);
  for (int b = 0; b < blocks; b++) {
    float* to = out.pixel_ptr(n, b, y, x);
    const Block e = load_block(to);
    const BlockMask lanes = lanes_of_block(in.shape.c, b); // a NaN sum must not reach the padding
    store_block(to, {keep(div(e.v[0], sum), lanes.m[0]), keep(div(e.v[1], sum), lanes.m[1])});
  }
}

void run(const Softmax&, const Call& call) noexcept {
  const View<const float> in = call.maps.in[0];
  const View<float> out = call.maps.out;
  const Shape rows{in.shape.n, in.shape.h, in.shape.w, kLanes}; // all blocks of a pixel at once
  auto row = [&](int n, int, int y, int) {
    for (int x = 0; x < in.shape.w; x++) softmax_pixel(in, out, n, y, x);
  };
  for_each_row(*call.pool, rows, row);
}

} // namespace

const Kernel<Softmax> softmax_avx2{"avx2", Target::avx2, accepts, nullptr, nullptr, nullptr, run};

} // namespace pose
