// Shared by CUDA kernels that treat all pixels of a map alike: a loop over the map, 16 bytes of channels at a time.
// SPDX-License-Identifier: MIT
#pragma once

#include "device/elements.h"

namespace simt {

// Divides by d with one multiplication.  Exact for n < 2^64 / d.
class Divisor {
public:
  explicit Divisor(std::int64_t d) : d_(d), inverse_(~std::uint64_t(0) / std::uint64_t(d) + 1) {} // for 1: 0, standing for 2^64

  __device__ __forceinline__ std::int64_t divide(std::int64_t n) const { return d_ == 1 ? n : std::int64_t(__umul64hi(std::uint64_t(n), inverse_)); }
  // Replaces n by the quotient and returns the remainder.
  __device__ __forceinline__ int split(std::int64_t& n) const {
    const std::int64_t quotient = divide(n);
    const int rest = int(n - quotient * d_);
    n = quotient;
    return rest;
  }

private:
  std::int64_t d_;
  std::uint64_t inverse_;
};

// A map with elements of type T.
template <class T> struct MapOf {
  T* data;
  int pitch;

  __device__ __forceinline__ T* at(std::int64_t pixel, int c) const { return data + pixel * pitch + c; }
};
template <class T> MapOf<T> map_of(const pose::DeviceMap& m) {
  return {m.as<T>(), m.pitch};
}

// Returns whether a kernel can read X and write Y: the same type, or float from half, as for a graph's outputs.
inline bool stores(pose::Element x, pose::Element y) {
  return x == y || y == pose::Element::f32;
}
// Calls f(X(), Y()).
template <class F> void with_elements(pose::Element x, pose::Element y, F f) {
  if (y == pose::Element::f16)
    f(half(), half());
  else if (x == pose::Element::f16)
    f(half(), float());
  else
    f(float(), float());
}

// Channels per thread: 16 bytes of the narrower element.
template <class X, class Y> inline constexpr int kVector = sizeof(X) == 4 && sizeof(Y) == 4 ? 4 : 8;

template <class T> __device__ __forceinline__ void load(const T* p, float (&v)[8]) {
  load8(p, v);
}
template <class T> __device__ __forceinline__ void store(T* p, const float (&v)[8]) {
  store8(p, v);
}
__device__ __forceinline__ void load(const float* p, float (&v)[4]) {
  const float4 a = *reinterpret_cast<const float4*>(p);
  v[0] = a.x, v[1] = a.y, v[2] = a.z, v[3] = a.w;
}
__device__ __forceinline__ void store(float* p, const float (&v)[4]) {
  *reinterpret_cast<float4*>(p) = make_float4(v[0], v[1], v[2], v[3]);
}
// Stores v with zeros for the lanes past the channels; c is the channel of the first lane.
template <class T, int N> __device__ __forceinline__ void store(T* p, float (&v)[N], int c, int channels) {
  SIMT_UNROLL
  for (int k = 0; k < N; k++) v[k] = c + k < channels ? v[k] : 0.0f;
  store(p, v);
}

// All vectors of N lanes of a map, including its padding lanes.
template <int N> struct Vectors {
  std::int64_t count;
  Divisor per_pixel;
  int channels;

  explicit Vectors(const pose::DeviceMap& m) : Vectors(m.pixels(), pose::device_lanes(m.shape.c), m.shape.c) {}
  // lanes: per pixel, a multiple of N.  channels: the lanes that are not padding.
  Vectors(std::int64_t pixels, int lanes, int channels_) : count(pixels * (lanes / N)), per_pixel(lanes / N), channels(channels_) {}

  // Calls f(pixel, first channel) for the vectors of this thread.  Neighboring threads have neighboring vectors.
  template <class F> __device__ __forceinline__ void each(F f) const {
    for (std::int64_t i = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x; i < count; i += std::int64_t(gridDim.x) * blockDim.x) {
      std::int64_t pixel = i;
      const int c = per_pixel.split(pixel) * N;
      f(pixel, c);
    }
  }
};

// Launches kernel(vectors, arguments...) with one thread per vector.
inline constexpr int kVectorThreads = 256;
template <int N, class... P, class... A>
void launch_each(const char* name, void (*kernel)(Vectors<N>, P...), const Vectors<N>& vectors, stream_t stream, A&&... args) {
  launch(name, kernel, blocks_for(vectors.count, kVectorThreads), kVectorThreads, 0, stream, vectors, std::forward<A>(args)...);
}

} // namespace simt
