// CUDA kernel of add.
// SPDX-License-Identifier: MIT
#include "ops/add/add.h"
#include "ops/cuda/activate.h"
#include "ops/cuda/pixels.h"

namespace pose {
namespace {

template <int N, class X, class Y>
__global__ void add_kernel(simt::Vectors<N> vectors, simt::MapOf<const X> a, simt::MapOf<const X> b, simt::MapOf<Y> y, Act act) {
  vectors.each([&](std::int64_t pixel, int c) {
    float v[N], w[N];
    simt::load(a.at(pixel, c), v);
    simt::load(b.at(pixel, c), w);
    SIMT_UNROLL
    for (int k = 0; k < N; k++) v[k] = simt::activate(act, v[k] + w[k]);
    simt::store(y.at(pixel, c), v, c, vectors.channels);
  });
}

bool accepts(const Add&, const DeviceMaps& maps, Precision, const GpuInfo&) {
  return maps.in[0].element == maps.in[1].element && simt::stores(maps.in[0].element, maps.out.element);
}

void run(const Add& op, const DeviceCall& call) {
  const DeviceMap &a = call.maps.in[0], &b = call.maps.in[1], &y = call.maps.out;
  simt::with_elements(a.element, y.element, [&]<class X, class Y>(X, Y) {
    constexpr int N = simt::kVector<X, Y>;
    simt::launch_each("add", add_kernel<N, X, Y>, simt::Vectors<N>(y), call.stream, simt::map_of<const X>(a), simt::map_of<const X>(b),
                      simt::map_of<Y>(y), op.act);
  });
}

} // namespace

const DeviceKernel<Add> add_cuda{"cuda", accepts, nullptr, nullptr, nullptr, run};

} // namespace pose
