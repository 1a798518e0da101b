// f32x8: eight floats in a register, for AVX2 kernels.  A block of 16 channels is two of them.
// Included by ISA-specific files only; f32x16.h offers the same names for AVX-512.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/activation/act.h"
#include "tensor/shape.h"

#include <immintrin.h>

namespace pose::avx2 {

using V = __m256;
inline constexpr int kV = 8;

POSE_INLINE V load(const float* p) {
  return _mm256_loadu_ps(p);
}
POSE_INLINE void store(float* p, V v) {
  _mm256_storeu_ps(p, v);
}
POSE_INLINE V broadcast(const float* p) {
  return _mm256_broadcast_ss(p);
}
POSE_INLINE V splat(float f) {
  return _mm256_set1_ps(f);
}
POSE_INLINE V zero() {
  return _mm256_setzero_ps();
}
POSE_INLINE V add(V a, V b) {
  return _mm256_add_ps(a, b);
}
POSE_INLINE V sub(V a, V b) {
  return _mm256_sub_ps(a, b);
}
POSE_INLINE V mul(V a, V b) {
  return _mm256_mul_ps(a, b);
}
POSE_INLINE V div(V a, V b) {
  return _mm256_div_ps(a, b);
}
// a * b + c
POSE_INLINE V fma(V a, V b, V c) {
  return _mm256_fmadd_ps(a, b, c);
}
// With a NaN in either operand both return the second one: write the variable there and NaN passes through.
POSE_INLINE V max(V a, V b) {
  return _mm256_max_ps(a, b);
}
POSE_INLINE V min(V a, V b) {
  return _mm256_min_ps(a, b);
}

// Ones in the first n lanes (0 <= n <= 8), zeros behind: for padding lanes.
POSE_INLINE V lanes_below(int n) {
  const __m256i i = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_castsi256_ps(_mm256_cmpgt_epi32(_mm256_set1_epi32(n), i));
}
POSE_INLINE V keep(V v, V mask) {
  return _mm256_and_ps(v, mask);
}

// One block of a pixel, and the lanes of block b that a map of c channels has.
struct Block {
  V low, high;
};
POSE_INLINE Block load_block(const float* p) {
  return {load(p), load(p + kV)};
}
POSE_INLINE void store_block(float* p, const Block& v) {
  store(p, v.low);
  store(p + kV, v.high);
}
POSE_INLINE Block lanes_of_block(int c, int b) {
  return {lanes_below(c - b * kLanes), lanes_below(c - b * kLanes - kV)};
}

// 2^n for -252 <= n <= 254 as a product of two powers that each are normal numbers.
POSE_INLINE V times_power_of_two(V x, __m256i n) {
  const __m256i half = _mm256_srai_epi32(n, 1), bias = _mm256_set1_epi32(127);
  const V a = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(half, bias), 23));
  const V b = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(_mm256_sub_epi32(n, half), bias), 23));
  return mul(mul(x, a), b);
}

// e^x within 1 ulp, denormal results included; 0 below, infinity above, NaN for NaN.  x = n ln2 + r, |r| <= ln2 / 2 (ln2 split in two so that the
// product with n is exact), degree-7 Taylor polynomial of e^r (remainder below 2^-27).
POSE_INLINE V exp(V x) {
  x = min(splat(89.0f), max(splat(-104.0f), x));
  const V n = _mm256_round_ps(mul(x, splat(1.44269504f)), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  const V r = fma(n, splat(2.12194440e-4f), fma(n, splat(-0.693359375f), x));
  V p = splat(1.0f / 5040);
  p = fma(p, r, splat(1.0f / 720));
  p = fma(p, r, splat(1.0f / 120));
  p = fma(p, r, splat(1.0f / 24));
  p = fma(p, r, splat(1.0f / 6));
  p = fma(p, r, splat(0.5f));
  p = fma(p, r, splat(1.0f));
  p = fma(p, r, splat(1.0f));
  return times_power_of_two(p, _mm256_cvtps_epi32(n));
}

// Within 3 ulp.  Both branches use e^-|x|, which cannot overflow: 1 / (1 + e^-x) for x >= 0 and e^x / (1 + e^x) below.
POSE_INLINE V logistic(V x) {
  const V e = exp(_mm256_or_ps(x, splat(-0.0f)));
  return div(_mm256_blendv_ps(splat(1.0f), e, x), add(splat(1.0f), e));
}

// Within 5 ulp for results from 2^-119 on; below, e is denormal.  With e = e^x
//     tanh(ln(1 + e)) = (e^2 + 2e) / (e^2 + 2e + 2), which is 1 to float32 from x = 20 on.
POSE_INLINE V mish(V x) {
  const V e = exp(min(splat(20.0f), x)), q = mul(e, add(e, splat(2.0f)));
  return mul(x, div(q, add(q, splat(2.0f))));
}

// `slope` is act.slope in every lane.
POSE_INLINE V apply(ActKind kind, V slope, V x) {
  switch (kind) {
    case ActKind::linear: return x;
    case ActKind::leaky: return _mm256_blendv_ps(x, mul(x, slope), x); // picks by the sign bit
    case ActKind::relu: return max(zero(), x);
    case ActKind::relu6: return min(splat(6.0f), max(zero(), x));
    case ActKind::logistic: return logistic(x);
    case ActKind::mish: return mish(x);
    case ActKind::swish: return mul(x, logistic(x));
  }
  return x;
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
  }
}

} // namespace pose::avx2
