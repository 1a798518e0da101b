// CUDA's arithmetic and atomic intrinsics on the host.
// SPDX-License-Identifier: MIT
#pragma once

#include "device/half.h"

#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

inline int min(int a, int b) {
  return b < a ? b : a;
}
inline int max(int a, int b) {
  return a < b ? b : a;
}
inline unsigned min(unsigned a, unsigned b) {
  return b < a ? b : a;
}
inline unsigned max(unsigned a, unsigned b) {
  return a < b ? b : a;
}
inline long min(long a, long b) {
  return b < a ? b : a;
}
inline long max(long a, long b) {
  return a < b ? b : a;
}
inline unsigned long min(unsigned long a, unsigned long b) {
  return b < a ? b : a;
}
inline unsigned long max(unsigned long a, unsigned long b) {
  return a < b ? b : a;
}
inline long long min(long long a, long long b) {
  return b < a ? b : a;
}
inline long long max(long long a, long long b) {
  return a < b ? b : a;
}
inline unsigned long long min(unsigned long long a, unsigned long long b) {
  return b < a ? b : a;
}
inline unsigned long long max(unsigned long long a, unsigned long long b) {
  return a < b ? b : a;
}
inline float min(float a, float b) {
  return fminf(a, b); // prefers a number over NaN
}
inline float max(float a, float b) {
  return fmaxf(a, b);
}
inline double min(double a, double b) {
  return fmin(a, b); // prefers a number over NaN
}
inline double max(double a, double b) {
  return fmax(a, b);
}

// Single operations, rounded to nearest.  The project is compiled without contraction.
inline float __fmul_rn(float a, float b) {
  return a * b;
}
inline float __fadd_rn(float a, float b) {
  return a + b;
}
inline float __fsub_rn(float a, float b) {
  return a - b;
}
inline float __fdiv_rn(float a, float b) {
  return a / b;
}
inline float __fsqrt_rn(float a) {
  return sqrtf(a);
}
inline float __fmaf_rn(float a, float b, float c) {
  return fmaf(a, b, c);
}
inline double __dmul_rn(double a, double b) {
  return a * b;
}
inline double __dadd_rn(double a, double b) {
  return a + b;
}
inline double __dsub_rn(double a, double b) {
  return a - b;
}
inline double __ddiv_rn(double a, double b) {
  return a / b;
}
inline double __dsqrt_rn(double a) {
  return sqrt(a);
}
inline double __fma_rn(double a, double b, double c) {
  return fma(a, b, c);
}
inline float rsqrtf(float a) {
  return 1 / sqrtf(a);
}
inline float __expf(float a) { // the device version is less accurate
  return expf(a);
}

// Conversions to integers: to nearest even, down, up, toward zero.  They saturate, and NaN becomes 0.
namespace simt {
template <class T> T saturate(double whole) {
  using L = std::numeric_limits<T>;
  return whole != whole ? T(0) : whole <= double(L::min()) ? L::min() : whole >= double(L::max()) ? L::max() : T(whole);
}
} // namespace simt
inline int __float2int_rn(float a) {
  return simt::saturate<int>(rint(double(a)));
}
inline int __float2int_rd(float a) {
  return simt::saturate<int>(floor(double(a)));
}
inline int __float2int_ru(float a) {
  return simt::saturate<int>(ceil(double(a)));
}
inline int __float2int_rz(float a) {
  return simt::saturate<int>(trunc(double(a)));
}
inline unsigned __float2uint_rn(float a) {
  return simt::saturate<unsigned>(rint(double(a)));
}
inline int __double2int_rn(double a) {
  return simt::saturate<int>(rint(a));
}
inline float __int2float_rn(int a) {
  return float(a);
}
inline float __uint2float_rn(unsigned a) {
  return float(a);
}
inline float __double2float_rn(double a) {
  return float(a);
}
inline int __float_as_int(float a) {
  return std::bit_cast<int>(a);
}
inline unsigned __float_as_uint(float a) {
  return std::bit_cast<unsigned>(a);
}
inline float __int_as_float(int a) {
  return std::bit_cast<float>(a);
}
inline float __uint_as_float(unsigned a) {
  return std::bit_cast<float>(a);
}

inline int __popc(unsigned a) {
  return std::popcount(a);
}
inline int __ffs(int a) { // 1: the lowest bit; 0: no bit is set
  return a == 0 ? 0 : std::countr_zero(unsigned(a)) + 1;
}
inline int __clz(int a) {
  return std::countl_zero(unsigned(a));
}

inline std::uint64_t __umul64hi(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  return std::uint64_t(Wide(a) * b >> 64);
}

// Atomic operations without memory ordering, as in CUDA.  They return the previous value.
template <class T> T atomicAdd(T* p, std::type_identity_t<T> v) {
  return std::atomic_ref<T>(*p).fetch_add(v, std::memory_order_relaxed);
}
template <class T> T atomicExch(T* p, std::type_identity_t<T> v) {
  return std::atomic_ref<T>(*p).exchange(v, std::memory_order_relaxed);
}
template <class T> T atomicCAS(T* p, std::type_identity_t<T> expected, std::type_identity_t<T> v) {
  std::atomic_ref<T>(*p).compare_exchange_strong(expected, v, std::memory_order_relaxed);
  return expected;
}
template <class T> T atomicMax(T* p, std::type_identity_t<T> v) {
  static_assert(std::is_integral_v<T>);
  T old = std::atomic_ref<T>(*p).load(std::memory_order_relaxed);
  while (old < v && !std::atomic_ref<T>(*p).compare_exchange_weak(old, v, std::memory_order_relaxed)) {
  }
  return old;
}
template <class T> T atomicMin(T* p, std::type_identity_t<T> v) {
  static_assert(std::is_integral_v<T>);
  T old = std::atomic_ref<T>(*p).load(std::memory_order_relaxed);
  while (v < old && !std::atomic_ref<T>(*p).compare_exchange_weak(old, v, std::memory_order_relaxed)) {
  }
  return old;
}
