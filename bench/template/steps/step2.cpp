// Step 2: 16 output channels at once, two vectors of a fused multiply-add each.
// SPDX-License-Identifier: MIT
#include "example.h"

#include <immintrin.h>

namespace {

using namespace example;

void run(const Conv2d& op, const Call& call) noexcept {
  const View<const float>& in = call.maps.in[0];
  for_each_row(call, [&](int n, int b, int y) {
    const float *weights = call.packed + std::int64_t(b) * op.in_c * kLanes, *shift = call.packed + shift_at(op) + b * kLanes;
    for (int x = 0; x < call.maps.out.shape.w; x++) {
      __m256 low = _mm256_load_ps(shift), high = _mm256_load_ps(shift + 8);
      for (int c = 0; c < op.in_c; c++) {
        const __m256 value = _mm256_broadcast_ss(&in.at(n, y, x, c));
        low = _mm256_fmadd_ps(value, _mm256_load_ps(weights + c * kLanes), low);
        high = _mm256_fmadd_ps(value, _mm256_load_ps(weights + c * kLanes + 8), high);
      }
      alignas(32) float sums[kLanes];
      _mm256_store_ps(sums, low);
      _mm256_store_ps(sums + 8, high);
      finish(op, call, n, b, y, x, sums);
    }
  });
}

const Kernel<Conv2d> kernel{"step2_blocked", Target::avx2, accepts, packed_floats, pack, nullptr, run};
const Registered<Conv2d> registered(kernel);

} // namespace
