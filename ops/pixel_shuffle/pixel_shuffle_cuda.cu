// CUDA kernels of pixel_shuffle: whole vectors in and out for factor 2, single channels for other factors.
// SPDX-License-Identifier: MIT
#include "ops/cuda/pixels.h"
#include "ops/pixel_shuffle/pixel_shuffle.h"

namespace pose {
namespace {

// Factor 2: a thread turns 4 N channels of one pixel into N channels of 2 x 2 pixels.
// `vectors` describes a map with the input's pixels and the output's channels.
template <int N, class X, class Y>
__global__ void shuffle2_kernel(simt::Vectors<N> vectors, simt::MapOf<const X> x, simt::MapOf<Y> y, simt::Divisor width, int w, int lanes) {
  vectors.each([&](std::int64_t pixel, int c) {
    float v[4][N] = {}; // [pixel of the 2 x 2][channel]
    SIMT_UNROLL
    for (int i = 0; i < 4; i++) {
      const int from = 4 * c + i * N;
      if (from >= lanes) break; // the output's padding lanes have no input channels
      float u[N];
      simt::load(x.at(pixel, from), u);
      SIMT_UNROLL
      for (int k = 0; k < N; k++) v[k % 4][(i * N + k) / 4] = u[k];
    }
    std::int64_t row = pixel;
    const int px = width.split(row);
    SIMT_UNROLL
    for (int i = 0; i < 4; i++) simt::store(y.at((2 * row + i / 2) * 2 * w + 2 * px + i % 2, c), v[i]);
  });
}

// Gathers one vector of the output per thread.
template <int N, class X, class Y>
__global__ void shuffle_kernel(simt::Vectors<N> vectors, simt::MapOf<const X> x, simt::MapOf<Y> y, simt::Divisor width, simt::Divisor by_factor,
                               int in_w, int factor) {
  vectors.each([&](std::int64_t pixel, int c) {
    std::int64_t row = pixel;
    std::int64_t px = width.split(row);
    const int i = by_factor.split(row), j = by_factor.split(px),
              group = factor * factor; // factor divides the height, so rows can be counted over all images
    const X* from = x.at(row * in_w + px, c * group + i * factor + j);
    float v[N] = {};
    for (int k = 0; k < N && c + k < vectors.channels; k++) v[k] = simt::to_float(from[k * group]);
    simt::store(y.at(pixel, c), v);
  });
}

bool accepts(const PixelShuffle&, const DeviceMaps& maps, Precision, const GpuInfo&) {
  return simt::stores(maps.in[0].element, maps.out.element);
}

bool accepts2(const PixelShuffle& op, const DeviceMaps& maps, Precision precision, const GpuInfo& gpu) {
  return op.factor == 2 && accepts(op, maps, precision, gpu);
}

void run2(const PixelShuffle&, const DeviceCall& call) {
  const DeviceMap &x = call.maps.in[0], &y = call.maps.out;
  simt::with_elements(x.element, y.element, [&]<class X, class Y>(X, Y) {
    constexpr int N = simt::kVector<X, Y>;
    const simt::Vectors<N> vectors(x.pixels(), device_lanes(y.shape.c), y.shape.c);
    simt::launch_each("pixel_shuffle 2", shuffle2_kernel<N, X, Y>, vectors, call.stream, simt::map_of<const X>(x), simt::map_of<Y>(y),
                      simt::Divisor(x.shape.w), x.shape.w, device_lanes(x.shape.c));
  });
}

void run(const PixelShuffle& op, const DeviceCall& call) {
  const DeviceMap &x = call.maps.in[0], &y = call.maps.out;
  simt::with_elements(x.element, y.element, [&]<class X, class Y>(X, Y) {
    constexpr int N = simt::kVector<X, Y>;
    simt::launch_each("pixel_shuffle", shuffle_kernel<N, X, Y>, simt::Vectors<N>(y), call.stream, simt::map_of<const X>(x), simt::map_of<Y>(y),
                      simt::Divisor(y.shape.w), simt::Divisor(op.factor), x.shape.w, op.factor);
  });
}

} // namespace

const DeviceKernel<PixelShuffle> pixel_shuffle_cuda_2{"cuda_2", accepts2, nullptr, nullptr, nullptr, run2};
const DeviceKernel<PixelShuffle> pixel_shuffle_cuda{"cuda", accepts, nullptr, nullptr, nullptr, run};

} // namespace pose
