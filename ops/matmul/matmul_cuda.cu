// CUDA kernel of matmul: a thread computes the channels of one vector of the result.
// SPDX-License-Identifier: MIT
#include "ops/cuda/pixels.h"
#include "ops/matmul/matmul.h"

namespace pose {
namespace {

// Neighboring threads have neighboring columns of b and share their pixel of a.
template <int N, class X, class Y>
__global__ void matmul_kernel(simt::Vectors<N> vectors, simt::MapOf<const X> a, simt::MapOf<const X> b, simt::MapOf<Y> y, int terms, int b_h,
                              simt::Divisor width, simt::Divisor height) {
  vectors.each([&](std::int64_t pixel, int c) {
    float sum[N] = {}, column[N];
    std::int64_t image = pixel;
    width.split(image);
    const int row = height.split(image);
    const std::int64_t first = (image * b_h + (b_h == 1 ? 0 : row)) * terms;
    for (int k = 0; k < terms; k++) {
      const float value = simt::to_float(*a.at(pixel, k));
      simt::load(b.at(first + k, c), column);
      SIMT_UNROLL
      for (int i = 0; i < N; i++) sum[i] += value * column[i];
    }
    simt::store(y.at(pixel, c), sum, c, vectors.channels);
  });
}

bool accepts(const Matmul&, const DeviceMaps& maps, Precision, const GpuInfo&) {
  return maps.in[0].element == maps.in[1].element && simt::stores(maps.in[0].element, maps.out.element);
}

void run(const Matmul&, const DeviceCall& call) {
  const DeviceMap &a = call.maps.in[0], &b = call.maps.in[1], &y = call.maps.out;
  simt::with_elements(a.element, y.element, [&]<class X, class Y>(X, Y) {
    constexpr int N = simt::kVector<X, Y>;
    simt::launch_each("matmul", matmul_kernel<N, X, Y>, simt::Vectors<N>(y), call.stream, simt::map_of<const X>(a), simt::map_of<const X>(b),
                      simt::map_of<Y>(y), a.shape.c, b.shape.h, simt::Divisor(y.shape.w), simt::Divisor(y.shape.h));
  });
}

} // namespace

const DeviceKernel<Matmul> matmul_cuda{"cuda", accepts, nullptr, nullptr, nullptr, run};

} // namespace pose
