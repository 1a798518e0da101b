// CUDA kernel of softmax: one warp per pixel.
// SPDX-License-Identifier: MIT
#include "ops/cuda/pixels.h"
#include "ops/softmax/softmax.h"

#include <cmath>

namespace pose {
namespace {

constexpr int kThreads = 256;
constexpr int kPixels = kThreads / 32; // per block at a time

// Calls f(first channel) for this lane's vectors of N channels.
template <int N, class F> __device__ __forceinline__ void each_of_lane(int channels, F f) {
  for (int c = int(threadIdx.x % 32) * N; c < channels; c += 32 * N) f(c);
}

template <int N, class X, class Y>
__global__ void softmax_kernel(simt::MapOf<const X> x, simt::MapOf<Y> y, std::int64_t pixels, int channels, int lanes) {
  for (std::int64_t pixel = std::int64_t(blockIdx.x) * kPixels + threadIdx.x / 32; pixel < pixels; pixel += std::int64_t(gridDim.x) * kPixels) {
    float v[N], top = -INFINITY, sum = 0;
    each_of_lane<N>(channels, [&](int c) {
      simt::load(x.at(pixel, c), v);
      SIMT_UNROLL
      for (int k = 0; k < N; k++) top = fmaxf(top, c + k < channels ? v[k] : -INFINITY); // skips NaN, which the sum includes
    });
    for (int m = 16; m > 0; m /= 2) top = fmaxf(top, __shfl_xor_sync(~0u, top, m));
    each_of_lane<N>(channels, [&](int c) {
      simt::load(x.at(pixel, c), v);
      SIMT_UNROLL
      for (int k = 0; k < N; k++) sum += c + k < channels ? expf(v[k] - top) : 0.0f;
    });
    for (int m = 16; m > 0; m /= 2) sum += __shfl_xor_sync(~0u, sum, m);
    each_of_lane<N>(lanes, [&](int c) {
      simt::load(x.at(pixel, c), v);
      SIMT_UNROLL
      for (int k = 0; k < N; k++) v[k] = expf(v[k] - top) / sum;
      simt::store(y.at(pixel, c), v, c, channels);
    });
  }
}

bool accepts(const Softmax&, const DeviceMaps& maps, Precision, const GpuInfo&) {
  return simt::stores(maps.in[0].element, maps.out.element);
}

void run(const Softmax&, const DeviceCall& call) {
  const DeviceMap &x = call.maps.in[0], &y = call.maps.out;
  simt::with_elements(x.element, y.element, [&]<class X, class Y>(X, Y) {
    simt::launch("softmax", softmax_kernel<simt::kVector<X, Y>, X, Y>, simt::blocks_for(y.pixels(), kPixels), kThreads, 0, call.stream,
                 simt::map_of<const X>(x), simt::map_of<Y>(y), y.pixels(), y.shape.c, device_lanes(y.shape.c));
  });
}

} // namespace

const DeviceKernel<Softmax> softmax_cuda{"cuda", accepts, nullptr, nullptr, nullptr, run};

} // namespace pose
