// f32x16: sixteen floats in a register, for AVX-512 kernels (F, DQ, BW, VL).  One of them holds a block of 16 channels.
// SPDX-License-Identifier: MIT
//
// Included by ISA-specific files only.  f32x8.h offers the same names for AVX2.
#pragma once

#include "ops/activation/act.h"
#include "tensor/shape.h"

#include <immintrin.h>

namespace pose::avx512 {

using V = __m512;
using Mask = __mmask16;
inline constexpr int kV = 16;

POSE_INLINE V load(const float* p) {
  return _mm512_loadu_ps(p);
}
POSE_INLINE void store(float* p, V v) {
  _mm512_storeu_ps(p, v);
}
// Stores the first four lanes.
POSE_INLINE void store4(float* p, V v) {
  _mm_storeu_ps(p, _mm512_castps512_ps128(v));
}
POSE_INLINE V broadcast(const float* p) {
  return _mm512_set1_ps(*p);
}
POSE_INLINE V splat(float f) {
  return _mm512_set1_ps(f);
}
POSE_INLINE V zero() {
  return _mm512_setzero_ps();
}
// Returns four numbers followed by zeros.
POSE_INLINE V first4(float a, float b, float c, float d) {
  return _mm512_setr_ps(a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}
POSE_INLINE V add(V a, V b) {
  return _mm512_add_ps(a, b);
}
POSE_INLINE V sub(V a, V b) {
  return _mm512_sub_ps(a, b);
}
POSE_INLINE V mul(V a, V b) {
  return _mm512_mul_ps(a, b);
}
POSE_INLINE V div(V a, V b) {
  return _mm512_div_ps(a, b);
}
POSE_INLINE V sqrt(V x) {
  return _mm512_sqrt_ps(x);
}
// Returns a * b + c.
POSE_INLINE V fma(V a, V b, V c) {
  return _mm512_fmadd_ps(a, b, c);
}
// Return the second operand when either operand is NaN.  Pass the variable second, and its NaN passes through.
POSE_INLINE V max(V a, V b) {
  return _mm512_max_ps(a, b);
}
POSE_INLINE V min(V a, V b) {
  return _mm512_min_ps(a, b);
}
// Returns NaN if either operand is NaN.  max passes a NaN of b on, and a NaN of a is kept.
POSE_INLINE V max_or_nan(V a, V b) {
  return _mm512_mask_max_ps(a, _mm512_cmp_ps_mask(a, a, _CMP_ORD_Q), a, b);
}
// Return the maximum and the sum of all lanes, in every lane, always in the same order.
POSE_INLINE V max_of_lanes(V v) {
  v = max(v, _mm512_shuffle_f32x4(v, v, 0x4e));
  v = max(v, _mm512_shuffle_f32x4(v, v, 0xb1));
  v = max(v, _mm512_permute_ps(v, 0x4e));
  return max(v, _mm512_permute_ps(v, 0xb1));
}
POSE_INLINE V sum_of_lanes(V v) {
  v = add(v, _mm512_shuffle_f32x4(v, v, 0x4e));
  v = add(v, _mm512_shuffle_f32x4(v, v, 0xb1));
  v = add(v, _mm512_permute_ps(v, 0x4e));
  return add(v, _mm512_permute_ps(v, 0xb1));
}

// Returns the mask of the first n lanes (none below 0, all from 16 on), for padding lanes.
POSE_INLINE Mask lanes_below(int n) {
  return n >= kV ? Mask(0xffff) : n <= 0 ? Mask(0) : Mask((1u << n) - 1);
}
// Returns the mask of lanes [begin, end).
POSE_INLINE Mask lanes_between(int begin, int end) {
  return Mask(lanes_below(end) & ~lanes_below(begin));
}
// Returns v with zeros outside the mask.
POSE_INLINE V keep(V v, Mask mask) {
  return _mm512_maskz_mov_ps(mask, v);
}
// Returns a where the mask is set, else b.
POSE_INLINE V select(Mask mask, V a, V b) {
  return _mm512_mask_blend_ps(mask, b, a);
}
// Loads p where the mask is set and keeps v elsewhere.  Accesses no other memory.
POSE_INLINE V load_into(V v, const float* p, Mask mask) {
  return _mm512_mask_loadu_ps(v, mask, p);
}
POSE_INLINE void store(float* p, V v, Mask mask) {
  _mm512_mask_storeu_ps(p, mask, v);
}

// Rounds to the nearest integer, half to even.
POSE_INLINE V round(V x) {
  return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
// Returns -|x|.
POSE_INLINE V minus_abs(V x) {
  return _mm512_or_ps(x, splat(-0.0f));
}
// Returns a where the sign bit of x is set, else b.
POSE_INLINE V where_negative(V x, V a, V b) {
  return _mm512_mask_blend_ps(_mm512_movepi32_mask(_mm512_castps_si512(x)), b, a);
}
// Returns x * 2^n for integers -252 <= n <= 254, as a product with two powers that are both normal numbers.
POSE_INLINE V times_power_of_two(V x, V n) {
  const __m512i i = _mm512_cvtps_epi32(n), half = _mm512_srai_epi32(i, 1), bias = _mm512_set1_epi32(127);
  const V a = _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_add_epi32(half, bias), 23));
  const V b = _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_add_epi32(_mm512_sub_epi32(i, half), bias), 23));
  return mul(mul(x, a), b);
}

// Separates four vectors of floats with indices 4 i + p: for every p, returns those of rising i.
POSE_INLINE void deinterleave4(const V (&v)[4], V (&out)[4]) {
  const __m512i low = _mm512_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28, 1, 5, 9, 13, 17, 21, 25, 29), high = _mm512_add_epi32(low, _mm512_set1_epi32(2));
  const V p01[2] = {_mm512_permutex2var_ps(v[0], low, v[1]), _mm512_permutex2var_ps(v[2], low, v[3])}; // p0 | p1, i = 0...7 and 8...15
  const V p23[2] = {_mm512_permutex2var_ps(v[0], high, v[1]), _mm512_permutex2var_ps(v[2], high, v[3])};
  out[0] = _mm512_shuffle_f32x4(p01[0], p01[1], 0x44);
  out[1] = _mm512_shuffle_f32x4(p01[0], p01[1], 0xee);
  out[2] = _mm512_shuffle_f32x4(p23[0], p23[1], 0x44);
  out[3] = _mm512_shuffle_f32x4(p23[0], p23[1], 0xee);
}

#include "ops/vec/functions.inc.h"

} // namespace pose::avx512
