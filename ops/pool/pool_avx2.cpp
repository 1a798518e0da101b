// max_pool, avg_pool: windows are separable, so an output row is reduced down its input rows into a scratch row, then along that:
// kernel_h + kernel_w steps a pixel instead of their product.
// SPDX-License-Identifier: MIT
#include "ops/pool/pool.h"
#include "ops/pool/window.h"
#include "ops/vec/f32x8.h"
#include "ops/vec/rows.h"

namespace pose {
namespace {

using namespace avx2;

template <class P> bool accepts(const P&, const Maps& m) {
  return m.in[0].blocked() && m.out.blocked();
}

bool accepts_global(const AvgPool& op, const Maps& m) {
  return op.global && m.in[0].blocked() && m.out.blocked();
}

template <class P> std::int64_t scratch_row(const P&, const Maps& m, int threads) {
  return std::int64_t(threads) * m.in[0].shape.w * kLanes;
}

struct Maximum {
  bool zero_outside;

  // NaN if one of them is: an all-ones pattern is a NaN.
  POSE_INLINE V join(V a, V b) const { return _mm256_or_ps(max(a, b), _mm256_cmp_ps(a, b, _CMP_UNORD_Q)); }
  POSE_INLINE V border(V v, const Window& w) const { return zero_outside && w.cut ? join(v, zero()) : v; }
  POSE_INLINE V finish(V v, const Window&, const Window&) const { return v; }
};

struct Mean {
  int whole; // pixels of a window, or 0: count those inside

  POSE_INLINE V join(V a, V b) const { return add(a, b); }
  POSE_INLINE V border(V v, const Window&) const { return v; }
  POSE_INLINE V finish(V v, const Window& rows, const Window& cols) const {
    return div(v, splat(float(whole != 0 ? whole : (rows.end - rows.begin) * (cols.end - cols.begin))));
  }
};

// Joins `count` blocks that lie `step` floats apart.
template <class R> POSE_INLINE Block reduce(const R& r, const float* p, std::int64_t step, int count) {
  Block sum = load_block(p);
  for (int i = 1; i < count; i++) {
    p += step;
    sum = {r.join(sum.v[0], load(p)), r.join(sum.v[1], load(p + kV))};
  }
  return sum;
}

template <class P, class R> POSE_INLINE void run_windows(const P& op, const R& r, const Call& call) {
  const View<const float> in = call.maps.in[0];
  const View<float> out = call.maps.out;
  auto row = [&](int n, int b, int y, int worker) {
    const Window rows = window_at(y, op.kernel_h, op.stride_h, op.pad_top, in.shape.h);
    float* columns = call.scratch + std::int64_t(worker) * in.shape.w * kLanes;
    const float* from = in.pixel_ptr(n, b, rows.begin, 0);
    for (int i = 0; i < in.shape.w * kLanes; i += kLanes) {
      const Block v = reduce(r, from + i, in.row, rows.end - rows.begin);
      store_block(columns + i, {r.border(v.v[0], rows), r.border(v.v[1], rows)});
    }
    float* to = out.pixel_ptr(n, b, y, 0);
    for (int x = 0; x < out.shape.w; x++, to += kLanes) {
      const Window cols = window_at(x, op.kernel_w, op.stride_w, op.pad_left, in.shape.w);
      const Block v = reduce(r, columns + cols.begin * kLanes, kLanes, cols.end - cols.begin);
      store_block(to, {r.finish(r.border(v.v[0], cols), rows, cols), r.finish(r.border(v.v[1], cols), rows, cols)});
    }
  };
  for_each_row(*call.pool, out.shape, row);
}

void run_max(const MaxPool& op, const Call& call) noexcept {
  run_windows(op, Maximum{op.outside == Outside::zero}, call);
}

void run_avg(const AvgPool& op, const Call& call) noexcept {
  run_windows(op, Mean{op.count_outside ? op.kernel_h * op.kernel_w : 0}, call);
}

bool accepts_windows(const AvgPool& op, const Maps& m) {
  return !op.global && accepts(op, m);
}

// One block of a picture; four chains hide the latency of the additions.
void run_global(const AvgPool&, const Call& call) noexcept {
  const View<const float> in = call.maps.in[0];
  const View<float> out = call.maps.out;
  const V count = splat(float(in.shape.h) * float(in.shape.w));
  auto plane = [&](std::int64_t tile, int) {
    const int n = int(tile / in.shape.blocks()), b = int(tile % in.shape.blocks());
    Block sum[4] = {{zero(), zero()}, {zero(), zero()}, {zero(), zero()}, {zero(), zero()}};
    for (int y = 0; y < in.shape.h; y++) {
      const float* x = in.pixel_ptr(n, b, y, 0);
      int i = 0;
      for (; i + 4 <= in.shape.w; i += 4) {
        for (int k = 0; k < 4; k++, x += kLanes) sum[k] = {add(sum[k].v[0], load(x)), add(sum[k].v[1], load(x + kV))};
      }
      for (; i < in.shape.w; i++, x += kLanes) sum[0] = {add(sum[0].v[0], load(x)), add(sum[0].v[1], load(x + kV))};
    }
    const V low = add(add(sum[0].v[0], sum[1].v[0]), add(sum[2].v[0], sum[3].v[0]));
    const V high = add(add(sum[0].v[1], sum[1].v[1]), add(sum[2].v[1], sum[3].v[1]));
    store_block(out.pixel_ptr(n, b, 0, 0), {div(low, count), div(high, count)});
  };
  parallel_for(*call.pool, std::int64_t(in.shape.n) * in.shape.blocks(), plane);
}

} // namespace

const Kernel<MaxPool> max_pool_avx2{"avx2", Target::avx2, accepts<MaxPool>, nullptr, nullptr, scratch_row<MaxPool>, run_max};
const Kernel<AvgPool> avg_pool_avx2_global{"avx2_global", Target::avx2, accepts_global, nullptr, nullptr, nullptr, run_global};
const Kernel<AvgPool> avg_pool_avx2{"avx2", Target::avx2, accepts_windows, nullptr, nullptr, scratch_row<AvgPool>, run_avg};

} // namespace pose
