// Vector exp and activations, and blocks of 16 channels.
// SPDX-License-Identifier: MIT
//
// Generic over the vector type V.  f32x8.h and f32x16.h include it as text inside their namespaces, after their primitives.

// Returns e^x within 1 ulp, including denormal results; 0 below, infinity above, NaN for NaN.
// x = n ln2 + r with |r| <= ln2 / 2.  ln2 is split in two so that its product with n is exact.
// e^r is a degree-7 Taylor polynomial (remainder below 2^-27).
POSE_INLINE V exp(V x) {
  x = min(splat(89.0f), max(splat(-104.0f), x));
  const V n = round(mul(x, splat(1.44269504f)));
  const V r = fma(n, splat(2.12194440e-4f), fma(n, splat(-0.693359375f), x));
  V p = splat(1.0f / 5040);
  p = fma(p, r, splat(1.0f / 720));
  p = fma(p, r, splat(1.0f / 120));
  p = fma(p, r, splat(1.0f / 24));
  p = fma(p, r, splat(1.0f / 6));
  p = fma(p, r, splat(0.5f));
  p = fma(p, r, splat(1.0f));
  p = fma(p, r, splat(1.0f));
  return times_power_of_two(p, n);
}

// Returns 1 / (1 + e^-x) within 3 ulp.  Uses e^-|x|, which cannot overflow: 1 / (1 + e^-x) for x >= 0, and e^x / (1 + e^x) below.
POSE_INLINE V logistic(V x) {
  const V e = exp(minus_abs(x));
  return div(where_negative(x, e, splat(1.0f)), add(splat(1.0f), e));
}

// Returns mish within 5 ulp for results from 2^-119 on.  Below, e is denormal.  With e = e^x,
//     tanh(ln(1 + e)) = (e^2 + 2e) / (e^2 + 2e + 2), which is 1 in float32 from x = 20 on.
POSE_INLINE V mish(V x) {
  const V e = exp(min(splat(20.0f), x)), q = mul(e, add(e, splat(2.0f)));
  return mul(x, div(q, add(q, splat(2.0f))));
}

// Applies an activation.  `slope` is act.slope in every lane.
POSE_INLINE V apply(ActKind kind, V slope, V x) {
  switch (kind) {
    case ActKind::linear: return x;
    case ActKind::leaky: return where_negative(x, mul(x, slope), x);
    case ActKind::relu: return max(zero(), x);
    case ActKind::relu6: return min(splat(6.0f), max(zero(), x));
    case ActKind::logistic: return logistic(x);
    case ActKind::mish: return mish(x);
    case ActKind::swish: return mul(x, logistic(x));
    default: return x; // only activation/others.inc.h has them
  }
}

// Calls f(Kind<K>{}) for K = kind, so that f's loops contain one function instead of a switch.
template <ActKind K> struct Kind { static constexpr ActKind value = K; };
template <class F> POSE_INLINE void with_kind(ActKind kind, F& f) {
  switch (kind) {
    case ActKind::linear: return f(Kind<ActKind::linear>{});
    case ActKind::leaky: return f(Kind<ActKind::leaky>{});
    case ActKind::relu: return f(Kind<ActKind::relu>{});
    case ActKind::relu6: return f(Kind<ActKind::relu6>{});
    case ActKind::logistic: return f(Kind<ActKind::logistic>{});
    case ActKind::mish: return f(Kind<ActKind::mish>{});
    case ActKind::swish: return f(Kind<ActKind::swish>{});
    default: return; // no op accepts them
  }
}

// A block of a pixel in the vectors that it takes, and the mask of the lanes that a map has.
inline constexpr int kBlockVectors = kLanes / kV;
struct Block {
  V v[kBlockVectors];
};
struct BlockMask {
  Mask m[kBlockVectors];
};

POSE_INLINE Block load_block(const float* p) {
  Block b;
  for (int i = 0; i < kBlockVectors; i++) b.v[i] = load(p + i * kV);
  return b;
}
POSE_INLINE void store_block(float* p, const Block& b) {
  for (int i = 0; i < kBlockVectors; i++) store(p + i * kV, b.v[i]);
}
// Returns the lanes of block b that a map of c channels has.
POSE_INLINE BlockMask lanes_of_block(int c, int b) {
  BlockMask mask;
  for (int i = 0; i < kBlockVectors; i++) mask.m[i] = lanes_below(c - b * kLanes - i * kV);
  return mask;
}
POSE_INLINE Block keep(const Block& b, const BlockMask& mask) {
  Block kept;
  for (int i = 0; i < kBlockVectors; i++) kept.v[i] = keep(b.v[i], mask.m[i]);
  return kept;
}
// Applies f(V...) to every vector of the blocks.
template <class F, class... Blocks> POSE_INLINE Block each(F f, const Blocks&... blocks) {
  Block result;
  for (int i = 0; i < kBlockVectors; i++) result.v[i] = f(blocks.v[i]...);
  return result;
}
POSE_INLINE Block zero_block() {
  Block b;
  for (int i = 0; i < kBlockVectors; i++) b.v[i] = zero();
  return b;
}
