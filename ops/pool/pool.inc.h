// max_pool and avg_pool on vectors, with separable windows.
// SPDX-License-Identifier: MIT
//
// Each output row is first reduced over its input rows into a scratch row, then along that row.
// A pixel takes kernel_h + kernel_w steps instead of their product.
// Generic over the vector type V.  A file for one target includes it as text inside that target's anonymous namespace.

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

  POSE_INLINE V join(V a, V b) const { return max_or_nan(a, b); }
  POSE_INLINE V border(V v, const Window& w) const { return zero_outside && w.cut ? join(v, zero()) : v; }
  POSE_INLINE V finish(V v, const Window&, const Window&) const { return v; }
};

struct Mean {
  int whole; // pixels of a window; 0: counts the pixels inside the map

  POSE_INLINE V join(V a, V b) const { return add(a, b); }
  POSE_INLINE V border(V v, const Window&) const { return v; }
  POSE_INLINE V finish(V v, const Window& rows, const Window& cols) const {
    return div(v, splat(float(whole != 0 ? whole : (rows.end - rows.begin) * (cols.end - cols.begin))));
  }
};

// A compile-time count, so that loops over it unroll.
template <int N> struct Known {
  POSE_INLINE constexpr operator int() const { return N; }
};

// Calls f(count).  The window sides of the networks' large maps are passed as Known.
template <class F> POSE_INLINE auto with_count(int count, F& f) {
  switch (count) {
    case 2: return f(Known<2>());
    case 3: return f(Known<3>());
    default: return f(count);
  }
}

// Joins `count` blocks that are `step` floats apart.
template <class R, class Count> POSE_INLINE Block reduce(const R& r, const float* p, std::int64_t step, Count count) {
  auto join = [&r](V a, V b) { return r.join(a, b); };
  Block sum = load_block(p);
  for (int i = 1; i < count; i++) {
    p += step;
    sum = each(join, sum, load_block(p));
  }
  return sum;
}

template <class P, class R> POSE_INLINE void run_windows(const P& op, const R& r, const Call& call) {
  const View<const float> in = call.maps.in[0];
  const View<float> out = call.maps.out;
  auto row = [&](int n, int b, int y, int worker) {
    const Window rows = window_at(y, op.kernel_h, op.stride_h, op.pad_top, in.shape.h);
    float* columns = call.scratch + std::int64_t(worker) * in.shape.w * kLanes;
    auto border = [&](V v) { return r.border(v, rows); };
    const float* from = in.pixel_ptr(n, b, rows.begin, 0);
    auto down = [&](auto count) {
      for (int i = 0; i < in.shape.w * kLanes; i += kLanes) store_block(columns + i, each(border, reduce(r, from + i, in.row, count)));
    };
    with_count(rows.end - rows.begin, down);
    float* to = out.pixel_ptr(n, b, y, 0);
    for (int x = 0; x < out.shape.w; x++, to += kLanes) {
      const Window cols = window_at(x, op.kernel_w, op.stride_w, op.pad_left, in.shape.w);
      auto finish = [&](V v) { return r.finish(r.border(v, cols), rows, cols); };
      auto along = [&](auto count) { return reduce(r, columns + cols.begin * kLanes, kLanes, count); };
      store_block(to, each(finish, with_count(cols.end - cols.begin, along)));
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

// Adds `count` blocks that follow each other.  Four chains hide the latency of the additions.
POSE_INLINE Block sum_run(const float* x, int count) {
  auto plus = [](V a, V b) { return add(a, b); };
  auto join = [](V a, V b, V c, V d) { return add(add(a, b), add(c, d)); };
  Block sum[4] = {zero_block(), zero_block(), zero_block(), zero_block()};
  int i = 0;
  for (; i + 4 <= count; i += 4) {
    for (int k = 0; k < 4; k++, x += kLanes) sum[k] = each(plus, sum[k], load_block(x));
  }
  for (; i < count; i++, x += kLanes) sum[0] = each(plus, sum[0], load_block(x));
  return each(join, sum[0], sum[1], sum[2], sum[3]);
}

// Averages one block of an image at a time.  It adds runs of pixels, groups of runs, and the groups: three short chains of roundings instead of one.
void run_global(const AvgPool&, const Call& call) noexcept {
  constexpr int kRun = 64, kGroup = 8;
  const View<const float> in = call.maps.in[0];
  const View<float> out = call.maps.out;
  const V count = splat(float(in.shape.h) * float(in.shape.w));
  auto plus = [](V a, V b) { return add(a, b); };
  auto mean = [count](V a, V b) { return div(add(a, b), count); };
  auto plane = [&](std::int64_t tile, int) {
    const int n = int(tile / in.shape.blocks()), b = int(tile % in.shape.blocks());
    Block total = zero_block(), group = zero_block();
    int runs = 0;
    for (int y = 0; y < in.shape.h; y++) {
      for (int x = 0; x < in.shape.w; x += kRun) {
        group = each(plus, group, sum_run(in.pixel_ptr(n, b, y, x), in.shape.w - x < kRun ? in.shape.w - x : kRun));
        if (++runs % kGroup != 0) continue;
        total = each(plus, total, group);
        group = zero_block();
      }
    }
    store_block(out.pixel_ptr(n, b, 0, 0), each(mean, total, group));
  };
  parallel_for(*call.pool, std::int64_t(in.shape.n) * in.shape.blocks(), plane);
}
