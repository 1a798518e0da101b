// Element types of kernels: conversions, loads and stores of eight lanes, and launch sizes.
// SPDX-License-Identifier: MIT
#pragma once

#include "device/device_map.h"
#include "device/simt.h"

namespace simt {

// Calls f(half()) or f(float()), the type of e.
template <class F> void with_element(pose::Element e, F f) {
  if (e == pose::Element::f16)
    f(half());
  else
    f(float());
}

// Returns the number of blocks of `threads` threads for a grid-stride loop over `items`.
inline unsigned blocks_for(std::int64_t items, int threads) {
  constexpr std::int64_t kMost = 4096; // about 30 per multiprocessor of the largest GPUs
  const std::int64_t blocks = (items + threads - 1) / threads;
  return unsigned(blocks < 1 ? 1 : blocks < kMost ? blocks : kMost);
}

__device__ __forceinline__ float to_float(float v) {
  return v;
}
__device__ __forceinline__ float to_float(half v) {
  return __half2float(v);
}
__device__ __forceinline__ void from_float(float& to, float v) {
  to = v;
}
__device__ __forceinline__ void from_float(half& to, float v) {
  to = __float2half_rn(v);
}

// Loads eight elements; p is 16-byte aligned.
__device__ __forceinline__ void load8(const float* p, float (&v)[8]) {
  const float4 a = *reinterpret_cast<const float4*>(p), b = *reinterpret_cast<const float4*>(p + 4);
  v[0] = a.x, v[1] = a.y, v[2] = a.z, v[3] = a.w, v[4] = b.x, v[5] = b.y, v[6] = b.z, v[7] = b.w;
}
__device__ __forceinline__ void store8(float* p, const float (&v)[8]) {
  *reinterpret_cast<float4*>(p) = make_float4(v[0], v[1], v[2], v[3]);
  *reinterpret_cast<float4*>(p + 4) = make_float4(v[4], v[5], v[6], v[7]);
}
// Eight halves, moved as one uint4.  With a struct of half2 the compiler makes four 4-byte accesses.
struct Halves {
  half2 pair[4];
};
__device__ __forceinline__ void load8(const half* p, float (&v)[8]) {
  const uint4 bits = *reinterpret_cast<const uint4*>(p);
  Halves h;
  __builtin_memcpy(&h, &bits, sizeof h);
  SIMT_UNROLL
  for (int i = 0; i < 4; i++) {
    const float2 f = __half22float2(h.pair[i]);
    v[2 * i] = f.x, v[2 * i + 1] = f.y;
  }
}
__device__ __forceinline__ void store8(half* p, const float (&v)[8]) {
  Halves h;
  SIMT_UNROLL
  for (int i = 0; i < 4; i++) h.pair[i] = __float22half2_rn(make_float2(v[2 * i], v[2 * i + 1]));
  uint4 bits;
  __builtin_memcpy(&bits, &h, sizeof bits);
  *reinterpret_cast<uint4*>(p) = bits;
}

} // namespace simt
