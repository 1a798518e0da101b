// Step 3: six pixels x 16 output channels in registers: 12 independent sums, and every weight that is read is used six times.
// SPDX-License-Identifier: MIT
#include "example.h"

#include <immintrin.h>

namespace {

using namespace example;

constexpr int kPixels = 6; // 12 sums, 2 weights and a value of the 16 registers

// Pixels [x, x + P) of row y.
template <int P> void tile(const Conv2d& op, const Call& call, int n, int b, int y, int x) {
  const View<const float>& in = call.maps.in[0];
  const float *weights = call.packed + std::int64_t(b) * op.in_c * kLanes, *shift = call.packed + shift_at(op) + b * kLanes;
  __m256 low[P], high[P];
#pragma GCC unroll 6
  for (int p = 0; p < P; p++) {
    low[p] = _mm256_load_ps(shift);
    high[p] = _mm256_load_ps(shift + 8);
  }
  for (int first = 0; first < op.in_c; first += kLanes) { // a block of input channels is contiguous
    const float* values = in.pixel_ptr(n, first / kLanes, y, x);
    const int count = std::min(kLanes, op.in_c - first);
    for (int c = 0; c < count; c++, weights += kLanes) {
      const __m256 low_weights = _mm256_load_ps(weights), high_weights = _mm256_load_ps(weights + 8);
#pragma GCC unroll 6 // otherwise the sums are in memory
      for (int p = 0; p < P; p++) {
        const __m256 value = _mm256_broadcast_ss(values + p * kLanes + c);
        low[p] = _mm256_fmadd_ps(value, low_weights, low[p]);
        high[p] = _mm256_fmadd_ps(value, high_weights, high[p]);
      }
    }
  }
  alignas(32) float sums[P][kLanes];
#pragma GCC unroll 6
  for (int p = 0; p < P; p++) {
    _mm256_store_ps(sums[p], low[p]);
    _mm256_store_ps(sums[p] + 8, high[p]);
  }
  for (int p = 0; p < P; p++) finish(op, call, n, b, y, x + p, sums[p]);
}

void run(const Conv2d& op, const Call& call) noexcept {
  for_each_row(call, [&](int n, int b, int y) {
    const int w = call.maps.out.shape.w;
    int x = 0;
    for (; x + kPixels <= w; x += kPixels) tile<kPixels>(op, call, n, b, y, x);
    for (; x < w; x++) tile<1>(op, call, n, b, y, x);
  });
}

const Kernel<Conv2d> kernel{"step3_tiled", Target::avx2, accepts, packed_floats, pack, nullptr, run};
const Registered<Conv2d> registered(kernel);

} // namespace
