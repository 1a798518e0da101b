// CUDA kernel of activation.
// SPDX-License-Identifier: MIT
#include "ops/activation/activation.h"
#include "ops/cuda/activate.h"
#include "ops/cuda/pixels.h"

namespace pose {
namespace {

template <int N, class X, class Y> __global__ void activation_kernel(simt::Vectors<N> vectors, simt::MapOf<const X> x, simt::MapOf<Y> y, Act act) {
  vectors.each([&](std::int64_t pixel, int c) {
    float v[N];
    simt::load(x.at(pixel, c), v);
    SIMT_UNROLL
    for (int k = 0; k < N; k++) v[k] = pose::is_fusible(act) ? simt::activate(act, v[k]) : simt::activate_other(act, v[k]);
    simt::store(y.at(pixel, c), v, c, vectors.channels);
  });
}

bool accepts(const Activation&, const DeviceMaps& maps, Precision, const GpuInfo&) {
  return simt::stores(maps.in[0].element, maps.out.element);
}

void run(const Activation& op, const DeviceCall& call) {
  const DeviceMap &x = call.maps.in[0], &y = call.maps.out;
  simt::with_elements(x.element, y.element, [&]<class X, class Y>(X, Y) {
    constexpr int N = simt::kVector<X, Y>;
    simt::launch_each("activation", activation_kernel<N, X, Y>, simt::Vectors<N>(y), call.stream, simt::map_of<const X>(x), simt::map_of<Y>(y),
                      op.act);
  });
}

} // namespace

const DeviceKernel<Activation> activation_cuda{"cuda", accepts, nullptr, nullptr, nullptr, run};

} // namespace pose
