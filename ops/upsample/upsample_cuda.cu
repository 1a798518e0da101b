// CUDA kernel of upsample: a thread reads its channels of one pixel and writes them factor * factor times.
// SPDX-License-Identifier: MIT
#include "ops/cuda/pixels.h"
#include "ops/upsample/upsample.h"

namespace pose {
namespace {

template <int N, class X, class Y>
__global__ void upsample_kernel(simt::Vectors<N> vectors, simt::MapOf<const X> x, simt::MapOf<Y> y, simt::Divisor width, int w, int factor) {
  vectors.each([&](std::int64_t pixel, int c) {
    float v[N];
    simt::load(x.at(pixel, c), v);
    std::int64_t row = pixel; // counted over all images
    const int px = width.split(row);
    for (int i = 0; i < factor; i++) {
      const std::int64_t first = ((row * factor + i) * w + px) * factor;
      for (int j = 0; j < factor; j++) simt::store(y.at(first + j, c), v);
    }
  });
}

bool accepts(const Upsample&, const DeviceMaps& maps, Precision, const GpuInfo&) {
  return simt::stores(maps.in[0].element, maps.out.element);
}

void run(const Upsample& op, const DeviceCall& call) {
  const DeviceMap &x = call.maps.in[0], &y = call.maps.out;
  simt::with_elements(x.element, y.element, [&]<class X, class Y>(X, Y) {
    constexpr int N = simt::kVector<X, Y>;
    simt::launch_each("upsample", upsample_kernel<N, X, Y>, simt::Vectors<N>(x), call.stream, simt::map_of<const X>(x), simt::map_of<Y>(y),
                      simt::Divisor(x.shape.w), x.shape.w, op.factor);
  });
}

} // namespace

const DeviceKernel<Upsample> upsample_cuda{"cuda", accepts, nullptr, nullptr, nullptr, run};

} // namespace pose
