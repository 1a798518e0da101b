// f32x8: eight floats in a register, for AVX2 kernels.  Two of them hold a block of 16 channels.
// SPDX-License-Identifier: MIT
//
// Included by ISA-specific files only.  f32x16.h offers the same names for AVX-512.
#pragma once

#include "ops/activation/act.h"
#include "tensor/shape.h"

#include <immintrin.h>

namespace pose::avx2 {

using V = __m256;
using Mask = __m256; // each lane is all ones or zero
inline constexpr int kV = 8;

POSE_INLINE V load(const float* p) {
  return _mm256_loadu_ps(p);
}
POSE_INLINE void store(float* p, V v) {
  _mm256_storeu_ps(p, v);
}
// Stores the first four lanes.
POSE_INLINE void store4(float* p, V v) {
  _mm_storeu_ps(p, _mm256_castps256_ps128(v));
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
// Returns four numbers followed by zeros.
POSE_INLINE V first4(float a, float b, float c, float d) {
  return _mm256_setr_ps(a, b, c, d, 0, 0, 0, 0);
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
POSE_INLINE V sqrt(V x) {
  return _mm256_sqrt_ps(x);
}
// Returns a * b + c.
POSE_INLINE V fma(V a, V b, V c) {
  return _mm256_fmadd_ps(a, b, c);
}
// Return the second operand when either operand is NaN.  Pass the variable second, and its NaN passes through.
POSE_INLINE V max(V a, V b) {
  return _mm256_max_ps(a, b);
}
POSE_INLINE V min(V a, V b) {
  return _mm256_min_ps(a, b);
}
// Returns NaN if either operand is NaN: an all-ones pattern is a NaN.
POSE_INLINE V max_or_nan(V a, V b) {
  return _mm256_or_ps(max(a, b), _mm256_cmp_ps(a, b, _CMP_UNORD_Q));
}
// Return the maximum and the sum of all lanes, in every lane, always in the same order.
POSE_INLINE V max_of_lanes(V v) {
  v = max(v, _mm256_permute2f128_ps(v, v, 1));
  v = max(v, _mm256_permute_ps(v, 0x4e));
  return max(v, _mm256_permute_ps(v, 0xb1));
}
POSE_INLINE V sum_of_lanes(V v) {
  v = add(v, _mm256_permute2f128_ps(v, v, 1));
  v = add(v, _mm256_permute_ps(v, 0x4e));
  return add(v, _mm256_permute_ps(v, 0xb1));
}

// Returns the mask of the first n lanes (none below 0, all from 8 on), for padding lanes.
POSE_INLINE Mask lanes_below(int n) {
  const __m256i i = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_castsi256_ps(_mm256_cmpgt_epi32(_mm256_set1_epi32(n), i));
}
// Returns the mask of lanes [begin, end).
POSE_INLINE Mask lanes_between(int begin, int end) {
  return _mm256_andnot_ps(lanes_below(begin), lanes_below(end));
}
// Returns v with zeros outside the mask.
POSE_INLINE V keep(V v, Mask mask) {
  return _mm256_and_ps(v, mask);
}
// Returns a where the mask is set, else b.
POSE_INLINE V select(Mask mask, V a, V b) {
  return _mm256_blendv_ps(b, a, mask);
}
// Loads p where the mask is set and keeps v elsewhere.  Accesses no other memory.
POSE_INLINE V load_into(V v, const float* p, Mask mask) {
  return select(mask, _mm256_maskload_ps(p, _mm256_castps_si256(mask)), v);
}
POSE_INLINE void store(float* p, V v, Mask mask) {
  _mm256_maskstore_ps(p, _mm256_castps_si256(mask), v);
}

// Rounds to the nearest integer, half to even.
POSE_INLINE V round(V x) {
  return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
// Returns -|x|.
POSE_INLINE V minus_abs(V x) {
  return _mm256_or_ps(x, splat(-0.0f));
}
// Returns a where the sign bit of x is set, else b.
POSE_INLINE V where_negative(V x, V a, V b) {
  return _mm256_blendv_ps(b, a, x);
}
// Returns x * 2^n for integers -252 <= n <= 254, as a product with two powers that are both normal numbers.
POSE_INLINE V times_power_of_two(V x, V n) {
  const __m256i i = _mm256_cvtps_epi32(n), half = _mm256_srai_epi32(i, 1), bias = _mm256_set1_epi32(127);
  const V a = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(half, bias), 23));
  const V b = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(_mm256_sub_epi32(i, half), bias), 23));
  return mul(mul(x, a), b);
}

// Separates four vectors of floats with indices 4 i + p: for every p, returns those of rising i.
POSE_INLINE void deinterleave4(const V (&v)[4], V (&out)[4]) {
  const V even01 = _mm256_unpacklo_ps(v[0], v[1]), odd01 = _mm256_unpackhi_ps(v[0], v[1]); // p0 p0 p1 p1, p2 p2 p3 p3; i = 0 2 0 2 | 1 3 1 3
  const V even23 = _mm256_unpacklo_ps(v[2], v[3]), odd23 = _mm256_unpackhi_ps(v[2], v[3]); // i = 4 6 4 6 | 5 7 5 7
  const V p[4] = {_mm256_shuffle_ps(even01, even23, 0x44), _mm256_shuffle_ps(even01, even23, 0xee), _mm256_shuffle_ps(odd01, odd23, 0x44),
                  _mm256_shuffle_ps(odd01, odd23, 0xee)}; // i = 0 2 4 6 | 1 3 5 7
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  for (int i = 0; i < 4; i++) out[i] = _mm256_permutevar8x32_ps(p[i], order);
}

#include "ops/vec/functions.inc.h"

} // namespace pose::avx2
