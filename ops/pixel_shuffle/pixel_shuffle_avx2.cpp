// pixel_shuffle by 2: an output block's 16 channels of 2 x 2 pixels are the 64 channels of 4 input blocks, transposed in registers.
// SPDX-License-Identifier: MIT
#include "ops/pixel_shuffle/pixel_shuffle.h"
#include "ops/vec/f32x8.h"
#include "ops/vec/rows.h"

namespace pose {
namespace {

using namespace avx2;

bool accepts(const PixelShuffle& op, const Maps& m) {
  return op.factor == 2 && m.in[0].blocked() && m.out.blocked();
}

// Channels 4c + p for c = 0..7, p = 0..3 in v -> for every p the eight c.  In 128-bit halves v[i] holds c = 2i | 2i + 1.
POSE_INLINE void transpose(const V (&v)[4], V (&out)[4]) {
  const V even01 = _mm256_unpacklo_ps(v[0], v[1]), odd01 = _mm256_unpackhi_ps(v[0], v[1]); // p0 p0 p1 p1, p2 p2 p3 p3; c = 0 2 0 2 | 1 3 1 3
  const V even23 = _mm256_unpacklo_ps(v[2], v[3]), odd23 = _mm256_unpackhi_ps(v[2], v[3]); // c = 4 6 4 6 | 5 7 5 7
  const V p[4] = {_mm256_shuffle_ps(even01, even23, 0x44), _mm256_shuffle_ps(even01, even23, 0xee), _mm256_shuffle_ps(odd01, odd23, 0x44),
                  _mm256_shuffle_ps(odd01, odd23, 0xee)}; // c = 0 2 4 6 | 1 3 5 7
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  for (int i = 0; i < 4; i++) out[i] = _mm256_permutevar8x32_ps(p[i], order);
}

void run(const PixelShuffle&, const Call& call) noexcept {
  const View<const float> in = call.maps.in[0];
  const View<float> out = call.maps.out;
  const Shape tiles{in.shape.n, in.shape.h, in.shape.w, out.shape.c}; // rows of input pixels for every output block
  auto row = [&](int n, int b, int y, int) {
    float* to[2] = {out.pixel_ptr(n, b, 2 * y, 0), out.pixel_ptr(n, b, 2 * y + 1, 0)};
    const int blocks = in.shape.blocks() - 4 * b; // fewer than 4 behind the last channel
    for (int x = 0; x < in.shape.w; x++) {
      for (int half = 0; half < 2; half++) {
        V v[4] = {zero(), zero(), zero(), zero()}, shuffled[4];
        for (int k = 0; k < 2 && 2 * half + k < blocks; k++) {
          const float* from = in.pixel_ptr(n, 4 * b + 2 * half + k, y, x);
          v[2 * k] = load(from);
          v[2 * k + 1] = load(from + kV);
        }
        transpose(v, shuffled);
        for (int p = 0; p < 4; p++) store(to[p / 2] + (2 * x + p % 2) * kLanes + half * kV, shuffled[p]);
      }
    }
  };
  for_each_row(*call.pool, tiles, row);
}

} // namespace

const Kernel<PixelShuffle> pixel_shuffle_avx2{"avx2_by_2", Target::avx2, accepts, nullptr, nullptr, nullptr, run};

} // namespace pose
