// CUDA kernel of scale.
// SPDX-License-Identifier: MIT
#include "ops/cuda/activate.h"
#include "ops/cuda/pixels.h"
#include "ops/scale/scale.h"

namespace pose {
namespace {

// residual.data is null when there is no residual.  per_factor divides by the pixels that share their factors.
template <int N, class X, class Y>
__global__ void scale_kernel(simt::Vectors<N> vectors, simt::MapOf<const X> x, simt::MapOf<const X> s, simt::MapOf<const X> residual,
                             simt::MapOf<Y> y, simt::Divisor per_factor, Act act) {
  vectors.each([&](std::int64_t pixel, int c) {
    float v[N], w[N], r[N] = {};
    simt::load(x.at(pixel, c), v);
    simt::load(s.at(per_factor.divide(pixel), c), w);
    if (residual.data != nullptr) simt::load(residual.at(pixel, c), r);
    SIMT_UNROLL
    for (int k = 0; k < N; k++) v[k] = simt::activate(act, v[k] * w[k] + r[k]);
    simt::store(y.at(pixel, c), v, c, vectors.channels);
  });
}

bool accepts(const Scale&, const DeviceMaps& maps, Precision, const GpuInfo&) {
  for (int i = 1; i < maps.inputs; i++) {
    if (maps.in[i].element != maps.in[0].element) return false;
  }
  return simt::stores(maps.in[0].element, maps.out.element);
}

void run(const Scale& op, const DeviceCall& call) {
  const DeviceMap &x = call.maps.in[0], &s = call.maps.in[1], &y = call.maps.out;
  const DeviceMap residual = op.residual ? call.maps.in[2] : DeviceMap{};
  simt::with_elements(x.element, y.element, [&]<class X, class Y>(X, Y) {
    constexpr int N = simt::kVector<X, Y>;
    simt::launch_each("scale", scale_kernel<N, X, Y>, simt::Vectors<N>(y), call.stream, simt::map_of<const X>(x), simt::map_of<const X>(s),
                      simt::map_of<const X>(residual), simt::map_of<Y>(y), simt::Divisor(y.pixels() / s.pixels()), op.act);
  });
}

} // namespace

const DeviceKernel<Scale> scale_cuda{"cuda", accepts, nullptr, nullptr, nullptr, run};

} // namespace pose
