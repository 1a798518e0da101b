// Implements the memory measurements of peak.h.
// SPDX-License-Identifier: MIT
#include "ops/peak/peak.h"
#include "tensor/parallel.h"
#include "tensor/tensor.h"

#include <xmmintrin.h>

#include <algorithm>
#include <chrono>
#include <fstream>

namespace pose {
namespace {

constexpr std::int64_t kTile = 1 << 16; // floats of an array per task
constexpr int kPasses = 6;              // the first one warms up

// Sums two halves at once, since a hardware prefetcher follows each of them.  On a Zen 4 that was a fifth faster than one stream.
float sum_of(const float* x) {
  __m128 sum[8] = {};
  for (std::int64_t i = 0; i < kTile / 2; i += 16) {
    for (int k = 0; k < 4; k++) {
      sum[k] = _mm_add_ps(sum[k], _mm_load_ps(x + i + 4 * k));
      sum[4 + k] = _mm_add_ps(sum[4 + k], _mm_load_ps(x + kTile / 2 + i + 4 * k));
    }
  }
  for (int k = 1; k < 8; k++) sum[0] = _mm_add_ps(sum[0], sum[k]);
  return _mm_cvtss_f32(sum[0]);
}

void add_scaled(float* to, const float* a, const float* b) {
  const __m128 factor = _mm_set1_ps(0.5f);
  for (std::int64_t i = 0; i < kTile; i += 4) _mm_store_ps(to + i, _mm_add_ps(_mm_load_ps(a + i), _mm_mul_ps(_mm_load_ps(b + i), factor)));
}

// Returns the GB/s of the best pass of f over all tiles.
template <class F> double best_of_passes(Pool& pool, std::int64_t tiles, std::int64_t bytes_of_tile, F f) {
  double best = 1e30;
  for (int pass = 0; pass < kPasses; pass++) {
    const auto start = std::chrono::steady_clock::now();
    parallel_for(pool, tiles, f);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (pass > 0) best = std::min(best, seconds);
  }
  return 1e-9 * double(tiles * bytes_of_tile) / best;
}

} // namespace

std::int64_t uncached_bytes() {
  constexpr std::int64_t kLeast = 128 << 20, kMost = 1 << 30;
  std::ifstream file("/sys/devices/system/cpu/cpu0/cache/index3/size"); // on some virtual machines sysconf adds up too many caches
  std::int64_t kib = 0;
  file >> kib; // 0: unknown
  return std::clamp(std::min(kib, kMost) * 4 * 1024, kLeast, kMost);
}

double bandwidth_gbps(int threads) {
  Pool pool(threads);
  const std::int64_t tiles = uncached_bytes() / std::int64_t(sizeof(float)) / kTile;
  Buffer buffer(tiles * kTile);
  // Writes every page once: untouched pages all map to one page of zeros, which stays in the cache.
  auto fill = [&](std::int64_t tile, int) { std::fill_n(buffer.data() + tile * kTile, kTile, 1.f); };
  parallel_for(pool, tiles, fill);
  return best_of_passes(pool, tiles, kTile * 4, [&](std::int64_t tile, int) {
    volatile float keep = sum_of(buffer.data() + tile * kTile);
    (void)keep;
  });
}

double triad_gbps(int threads) {
  Pool pool(threads);
  const std::int64_t tiles = uncached_bytes() / std::int64_t(sizeof(float)) / kTile / 3;
  Buffer to(tiles * kTile), a(tiles * kTile), b(tiles * kTile);
  auto fill = [&](std::int64_t tile, int) {
    for (Buffer* buffer : {&a, &b}) std::fill_n(buffer->data() + tile * kTile, kTile, 1.f);
  };
  parallel_for(pool, tiles, fill);
  return best_of_passes(pool, tiles, kTile * 12,
                        [&](std::int64_t tile, int) { add_scaled(to.data() + tile * kTile, a.data() + tile * kTile, b.data() + tile * kTile); });
}

} // namespace pose
