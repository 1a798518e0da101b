// Transforms of Winograd's minimal filtering F(M x M, 3 x 3), stride 1 and 2: in one dimension, and applied to rows and columns.
// SPDX-License-Identifier: MIT
//
// Generic over the vector type V.  A file for one target includes it as text inside that target's anonymous namespace, after its ops/vec header.

// y = A^T [(G g G^T) * (B^T d B)] A (Lavin and Gray 2015, "Fast Algorithms for Convolutional Neural Networks").
// The interpolation points are 0, 1, -1, (2, -2, (1/2, -1/2,)) infinity.
// The rows of G have denominators.  Here they are integers, and the missing factors are in kScale:
// output (i, j) is kScale[i] * kScale[j] times the result of outputs().  The addition of the shift includes this factor at no cost.

// With stride 2 the outputs i = 0 ... M - 1 of a tile are sums of two parts:
//   g0 d[2i] + g2 d[2i + 2], which is F(M, 2) on the even inputs (points 0, 1, -1, 2, infinity)
//   g1 d[2i + 1], which is M products
// In two dimensions that makes (5 + 4)^2 = 81 products for 16 outputs instead of 144.

template <int Outputs, int Step> struct Winograd;

template <> struct Winograd<2, 1> {
  static constexpr int kM = 2, kStride = 1, kSide = 4, kPoints = 4;
  static constexpr double kScale[2] = {0.5, 0.5};

  POSE_INLINE static void weights(const V* g, V* u) {
    const V s = add(g[0], g[2]);
    u[0] = add(g[0], g[0]);
    u[1] = add(s, g[1]);
    u[2] = sub(s, g[1]);
    u[3] = add(g[2], g[2]);
  }
  POSE_INLINE static void inputs(const V* d, V* v) {
    v[0] = sub(d[0], d[2]);
    v[1] = add(d[1], d[2]);
    v[2] = sub(d[2], d[1]);
    v[3] = sub(d[1], d[3]);
  }
  POSE_INLINE static void outputs(const V* m, V* y) {
    y[0] = add(m[0], add(m[1], m[2]));
    y[1] = sub(sub(m[1], m[2]), m[3]);
  }
};

template <> struct Winograd<4, 1> {
  static constexpr int kM = 4, kStride = 1, kSide = 6, kPoints = 6;
  static constexpr double kScale[4] = {1. / 24, 1. / 12, 1. / 6, 1. / 6};

  POSE_INLINE static void weights(const V* g, V* u) {
    const V s = add(g[0], g[2]), t = fma(splat(4), g[2], g[0]);
    u[0] = g[0];
    u[1] = add(s, g[1]);
    u[2] = sub(s, g[1]);
    u[3] = fma(splat(2), g[1], t);
    u[4] = fma(splat(-2), g[1], t);
    u[5] = g[2];
  }
  POSE_INLINE static void inputs(const V* d, V* v) {
    const V a = fma(splat(-4), d[2], d[4]), b = fma(splat(-4), d[1], d[3]), c = sub(d[4], d[2]), e = sub(d[3], d[1]);
    v[0] = fma(splat(4), sub(d[0], d[2]), c);
    v[1] = add(a, b);
    v[2] = sub(a, b);
    v[3] = fma(splat(2), e, c);
    v[4] = fma(splat(-2), e, c);
    v[5] = fma(splat(-4), e, sub(d[5], d[3]));
  }
  POSE_INLINE static void outputs(const V* m, V* y) {
    const V a = add(m[1], m[2]), b = sub(m[2], m[1]), c = add(m[3], m[4]), e = sub(m[3], m[4]);
    y[0] = fma(splat(6), m[0], fma(splat(-4), a, c));
    y[1] = fma(splat(2), b, e);
    y[2] = sub(c, a);
    y[3] = fma(splat(6), m[5], fma(splat(2), e, b));
  }
};

template <> struct Winograd<6, 1> {
  static constexpr int kM = 6, kStride = 1, kSide = 8, kPoints = 8;
  static constexpr double kScale[6] = {1. / 90, 1. / 90, 1. / 90, 1. / 90, 1. / 90, 1. / 90};

  POSE_INLINE static void weights(const V* g, V* u) {
    const V s = mul(splat(-20), add(g[0], g[2])), t = fma(splat(4), g[2], g[0]), r = fma(splat(4), g[0], g[2]);
    u[0] = mul(splat(90), g[0]);
    u[1] = fma(splat(-20), g[1], s);
    u[2] = fma(splat(20), g[1], s);
    u[3] = fma(splat(2), g[1], t);
    u[4] = fma(splat(-2), g[1], t);
    u[5] = fma(splat(2), g[1], r);
    u[6] = fma(splat(-2), g[1], r);
    u[7] = mul(splat(90), g[2]);
  }
  POSE_INLINE static void inputs(const V* d, V* v) {
    v[0] = fma(splat(5.25f), sub(d[4], d[2]), sub(d[0], d[6]));
    v[7] = fma(splat(5.25f), sub(d[3], d[5]), sub(d[7], d[1]));
    V a = fma(splat(-4.25f), d[4], add(d[2], d[6])), b = fma(splat(-4.25f), d[3], add(d[1], d[5]));
    v[1] = add(a, b);
    v[2] = sub(a, b);
    a = fma(splat(0.25f), d[2], fma(splat(-1.25f), d[4], d[6]));
    b = fma(splat(0.25f), d[1], fma(splat(-1.25f), d[3], d[5])); // half of its value
    v[3] = fma(splat(2), b, a);
    v[4] = fma(splat(-2), b, a);
    a = fma(splat(4), fma(splat(-1.25f), d[4], d[2]), d[6]);
    b = fma(splat(4), fma(splat(-1.25f), d[3], d[1]), d[5]); // twice its value
    v[5] = fma(splat(0.5f), b, a);
    v[6] = fma(splat(-0.5f), b, a);
  }
  POSE_INLINE static void outputs(const V* m, V* y) {
    const V a = add(m[1], m[2]), b = sub(m[1], m[2]), c = add(m[3], m[4]), e = sub(m[3], m[4]), f = add(m[5], m[6]), g = sub(m[5], m[6]);
    y[0] = fma(splat(16), f, add(m[0], add(a, c)));
    y[1] = fma(splat(8), g, fma(splat(2), e, b));
    y[2] = fma(splat(4), add(c, f), a);
    y[3] = fma(splat(2), g, fma(splat(8), e, b));
    y[4] = fma(splat(16), c, add(a, f));
    y[5] = fma(splat(0.5f), g, fma(splat(32), e, add(b, m[7])));
  }
};

template <> struct Winograd<4, 2> {
  static constexpr int kM = 4, kStride = 2, kSide = 9, kPoints = 9;
  static constexpr double kScale[4] = {1. / 6, 1. / 6, 1. / 6, 1. / 6};

  POSE_INLINE static void weights(const V* g, V* u) {
    u[0] = mul(splat(3), g[0]);
    u[1] = mul(splat(-3), add(g[0], g[2]));
    u[2] = sub(g[2], g[0]);
    u[3] = fma(splat(2), g[2], g[0]);
    u[4] = mul(splat(6), g[2]);
    u[5] = u[6] = u[7] = u[8] = mul(splat(6), g[1]);
  }
  POSE_INLINE static void inputs(const V* d, V* v) {
    const V c = sub(d[6], d[2]);
    v[0] = fma(splat(2), sub(d[0], d[4]), c);
    v[1] = fma(splat(-2), d[2], sub(d[6], d[4]));
    v[2] = fma(splat(2), d[2], fma(splat(-3), d[4], d[6]));
    v[3] = c;
    v[4] = fma(splat(-2), c, sub(d[8], d[4]));
    for (int i = 0; i < 4; i++) v[5 + i] = d[2 * i + 1];
  }
  POSE_INLINE static void outputs(const V* m, V* y) {
    const V a = add(m[1], m[2]), b = sub(m[1], m[2]);
    y[0] = add(add(m[0], a), add(m[3], m[5]));
    y[1] = add(fma(splat(2), m[3], b), m[6]);
    y[2] = add(fma(splat(4), m[3], a), m[7]);
    y[3] = add(fma(splat(8), m[3], b), add(m[4], m[8]));
  }
};

// Points of a tile in two dimensions.
template <class W> inline constexpr int kTilePoints = W::kPoints* W::kPoints;

// Transforms the 3 x 3 weights at g, `step` floats apart, to all points at `to`, `point` floats apart.
// Each point is a separate stream, and there are more streams than a hardware prefetcher follows.
// So it prefetches the lines, `after_next` floats ahead, that the transform after the next one writes.
template <class W> POSE_INLINE void transform_weights(const float* g, std::int64_t step, float* to, std::int64_t point, int after_next) {
  constexpr int P = W::kPoints;
  V half[P][3], in[3], out[P];
#pragma GCC unroll 81
  for (int p = 0; p < P * P; p++) __builtin_prefetch(to + p * point + after_next, 1);
  for (int x = 0; x < 3; x++) {
    for (int y = 0; y < 3; y++) in[y] = load(g + (y * 3 + x) * step);
    W::weights(in, out);
    for (int y = 0; y < P; y++) half[y][x] = out[y];
  }
  for (int y = 0; y < P; y++) {
    W::weights(half[y], out);
    for (int x = 0; x < P; x++) store(to + (y * P + x) * point, out[x]);
  }
}

// Prefetches what the tile after the next one in the same row reads and writes.  `from` and `to` are those of this tile, as below.
template <class W> POSE_INLINE void prefetch_inputs(const float* from, std::int64_t row, const float* to, std::int64_t point) {
  constexpr int kStep = W::kM * W::kStride, kFirst = 2 * kStep + W::kSide - kStep;
#pragma GCC unroll 81
  for (int i = 0; i < W::kSide * kStep; i++) __builtin_prefetch(from + i / kStep * row + (kFirst + i % kStep) * kLanes);
#pragma GCC unroll 81
  for (int p = 0; p < W::kPoints * W::kPoints; p++) __builtin_prefetch(to + p * point + 2 * kLanes, 1);
}

// Transforms the kSide x kSide pixels at `from`; rows are `row` floats apart, pixels kLanes floats.
template <class W> POSE_INLINE void transform_inputs(const float* from, std::int64_t row, float* to, std::int64_t point) {
  constexpr int P = W::kPoints, S = W::kSide;
  V half[P][S], in[S], out[P];
  for (int x = 0; x < S; x++) {
    for (int y = 0; y < S; y++) in[y] = load(from + y * row + x * kLanes);
    W::inputs(in, out);
    for (int y = 0; y < P; y++) half[y][x] = out[y];
  }
  for (int y = 0; y < P; y++) {
    W::inputs(half[y], out);
    for (int x = 0; x < P; x++) store(to + (y * P + x) * point, out[x]);
  }
}

// Computes the first half of the output transform, along columns.
template <class W> POSE_INLINE void transform_columns(const float* from, std::int64_t point, V (&half)[W::kM][W::kPoints]) {
  constexpr int P = W::kPoints;
  V in[P], out[W::kM];
  for (int x = 0; x < P; x++) {
    for (int y = 0; y < P; y++) in[y] = load(from + (y * P + x) * point);
    W::outputs(in, out);
    for (int y = 0; y < W::kM; y++) half[y][x] = out[y];
  }
}
