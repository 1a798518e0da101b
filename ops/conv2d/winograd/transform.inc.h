// Transforms of Winograd's minimal filtering F(M x M, 3 x 3), stride 1 and 2: in one dimension, and applied to rows and columns.
// SPDX-License-Identifier: MIT
//
// Generic over the vector type V.  A file for one target includes it as text inside that target's anonymous namespace, after its ops/vec header.

// y = A^T [(G g G^T) * (B^T d B)] A (Lavin and Gray 2015, "Fast Algorithms for Convolutional Neural Networks").
// The points are chosen for the smallest rounding error, among those whose coefficients are short binary fractions (docs/decisions.md):
//   F(2)                   0, 1, -1, infinity
//   F(4)                   0, 3/4, -3/4, 3/2, -3/2, infinity
//   F(5)                   7/32, -7/32, 7/8, -7/8, 7/4, -7/4, infinity
//   F(4) of two weights    3/8, -3/8, 5/4, -5/4, infinity
// The rows of G have denominators.  Here they are missing or integers, and the missing factors are in kScale:
// output (i, j) is kScale[i] * kScale[j] times the result of outputs().  The addition of the shift includes this factor at no cost.
// Without the point 0, the denominators of a point and its negative have opposite signs, which outputs() includes, too.

// With stride 2 the outputs i = 0 ... M - 1 of a tile are sums of two parts:
//   g0 d[2i] + g2 d[2i + 2], which is F(M, 2) on the even inputs
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
  static constexpr double kScale[4] = {32. / 243, 16. / 81, 8. / 27, 2. / 9};

  POSE_INLINE static void weights(const V* g, V* u) {
    const V s = fma(splat(0.5625f), g[2], g[0]), t = fma(splat(2.25f), g[2], g[0]);
    u[0] = g[0];
    u[1] = fma(splat(0.75f), g[1], s);
    u[2] = fma(splat(-0.75f), g[1], s);
    u[3] = fma(splat(1.5f), g[1], t);
    u[4] = fma(splat(-1.5f), g[1], t);
    u[5] = g[2];
  }
  POSE_INLINE static void inputs(const V* d, V* v) {
    const V a = fma(splat(-2.25f), d[2], d[4]), b = fma(splat(-2.25f), d[1], d[3]);
    const V c = fma(splat(-0.5625f), d[2], d[4]), e = fma(splat(-0.5625f), d[1], d[3]);
    v[0] = fma(splat(-2.25f), fma(splat(-0.5625f), d[0], d[2]), c);
    v[1] = fma(splat(0.75f), b, a);
    v[2] = fma(splat(-0.75f), b, a);
    v[3] = fma(splat(1.5f), e, c);
    v[4] = fma(splat(-1.5f), e, c);
    v[5] = fma(splat(-2.25f), e, fma(splat(-0.5625f), d[3], d[5]));
  }
  POSE_INLINE static void outputs(const V* m, V* y) {
    const V a = add(m[1], m[2]), b = sub(m[2], m[1]), c = add(m[3], m[4]), e = sub(m[3], m[4]);
    y[0] = fma(splat(6), m[0], fma(splat(-4), a, c));
    y[1] = fma(splat(2), b, e);
    y[2] = sub(c, a);
    y[3] = fma(splat(4.5f), m[5], fma(splat(2), e, b));
  }
};

// The points are 7/8 times 1/4, 1 and 2.  So the powers of 7/8 are in the coefficients of inputs and weights and in kScale, and outputs() has powers
// of 2.
template <> struct Winograd<5, 1> {
  static constexpr int kM = 5, kStride = 1, kSide = 7, kPoints = 7;
  static constexpr double kUnit = 4. / 945, kStep = 8. / 7;
  static constexpr double kScale[5] = {kUnit * kStep * kStep * kStep * kStep * kStep, kUnit* kStep* kStep* kStep* kStep, kUnit* kStep* kStep* kStep,
                                       kUnit* kStep* kStep, kUnit* kStep};

  POSE_INLINE static void weights(const V* g, V* u) {
    const V a = fma(splat(6.125f), g[2], mul(splat(128), g[0])); // 128, -42 and 5 are 945 / 4 times the denominators for 1/4, 1 and 2
    const V b = fma(splat(-32.15625f), g[2], mul(splat(-42), g[0])), c = fma(splat(15.3125f), g[2], mul(splat(5), g[0]));
    u[0] = fma(splat(28), g[1], a);
    u[1] = fma(splat(-28), g[1], a);
    u[2] = fma(splat(-36.75f), g[1], b);
    u[3] = fma(splat(36.75f), g[1], b);
    u[4] = fma(splat(8.75f), g[1], c);
    u[5] = fma(splat(-8.75f), g[1], c);
    u[6] = mul(splat(206.71875f), g[2]);
  }
  // Writes the values for p and -p.  The squares of the other four points are the roots of x^2 - s x + t.
  POSE_INLINE static void pair(const V* d, float p, float s, float t, V* v) {
    const V odd = fma(splat(t), d[1], fma(splat(-s), d[3], d[5])), even = fma(splat(t), d[0], fma(splat(-s), d[2], d[4]));
    v[0] = fma(splat(p), even, odd);
    v[1] = fma(splat(-p), even, odd);
  }
  POSE_INLINE static void inputs(const V* d, V* v) {
    constexpr double h2 = 49. / 64, h4 = h2 * h2, h6 = h4 * h2;
    pair(d, 7.f / 32, float(h2 * 5), float(h4 * 4), v);
    pair(d, 7.f / 8, float(h2 * 65 / 16), float(h4 / 4), v + 2);
    pair(d, 7.f / 4, float(h2 * 17 / 16), float(h4 / 16), v + 4);
    v[6] = fma(splat(float(-h6 / 4)), d[0], fma(splat(float(h4 * 69 / 16)), d[2], fma(splat(float(-h2 * 81 / 16)), d[4], d[6])));
  }
  POSE_INLINE static void outputs(const V* m, V* y) {
    const V a = sub(m[0], m[1]), b = add(m[0], m[1]), c = sub(m[2], m[3]), e = add(m[2], m[3]), f = sub(m[4], m[5]), g = add(m[4], m[5]);
    y[0] = add(add(a, c), f);
    y[1] = fma(splat(2), g, fma(splat(0.25f), b, e));
    y[2] = fma(splat(4), f, fma(splat(0.0625f), a, c));
    y[3] = fma(splat(8), g, fma(splat(0.015625f), b, e));
    y[4] = fma(splat(16), f, fma(splat(0.00390625f), a, add(c, m[6])));
  }
};

template <> struct Winograd<4, 2> {
  static constexpr int kM = 4, kStride = 2, kSide = 9, kPoints = 9;
  static constexpr double kScale[4] = {128. / 1365, 128. / 1365, 128. / 1365, 128. / 1365};

  POSE_INLINE static void weights(const V* g, V* u) {
    const V a = mul(splat(-10), g[0]), b = mul(splat(3), g[0]), c = mul(splat(10.6640625f), g[1]);
    u[0] = fma(splat(-3.75f), g[2], a);
    u[1] = fma(splat(3.75f), g[2], a);
    u[2] = fma(splat(3.75f), g[2], b);
    u[3] = fma(splat(-3.75f), g[2], b);
    u[4] = mul(splat(10.6640625f), g[2]);
    u[5] = u[6] = u[7] = u[8] = c;
  }
  POSE_INLINE static void inputs(const V* d, V* v) {
    const V a = fma(splat(-1.5625f), d[2], d[6]), b = fma(splat(-1.5625f), d[0], d[4]);
    const V c = fma(splat(-0.140625f), d[2], d[6]), e = fma(splat(-0.140625f), d[0], d[4]);
    v[0] = fma(splat(0.375f), b, a);
    v[1] = fma(splat(-0.375f), b, a);
    v[2] = fma(splat(1.25f), e, c);
    v[3] = fma(splat(-1.25f), e, c);
    v[4] = fma(splat(-1.5625f), e, fma(splat(-0.140625f), d[4], d[8]));
    for (int i = 0; i < 4; i++) v[5 + i] = d[2 * i + 1];
  }
  POSE_INLINE static void outputs(const V* m, V* y) {
    const V a = sub(m[0], m[1]), b = add(m[0], m[1]), c = sub(m[2], m[3]), e = add(m[2], m[3]);
    y[0] = add(add(a, c), m[5]);
    y[1] = fma(splat(0.375f), b, fma(splat(1.25f), e, m[6]));
    y[2] = fma(splat(0.140625f), a, fma(splat(1.5625f), c, m[7]));
    y[3] = fma(splat(0.052734375f), b, fma(splat(1.953125f), e, add(m[4], m[8])));
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
