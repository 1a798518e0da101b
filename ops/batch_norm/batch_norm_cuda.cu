// CUDA kernel of batch_norm.
// SPDX-License-Identifier: MIT
#include "ops/batch_norm/batch_norm.h"
#include "ops/cuda/activate.h"
#include "ops/cuda/pixels.h"

namespace pose {
namespace {

template <int N, class X, class Y>
__global__ void batch_norm_kernel(simt::Vectors<N> vectors, simt::MapOf<const X> x, simt::MapOf<Y> y, const float* scale, const float* shift,
                                  Act act) {
  vectors.each([&](std::int64_t pixel, int c) {
    float v[N], s[N], t[N];
    simt::load(x.at(pixel, c), v);
    simt::load(scale + c, s);
    simt::load(shift + c, t);
    SIMT_UNROLL
    for (int k = 0; k < N; k++) v[k] = simt::activate(act, v[k] * s[k] + t[k]);
    simt::store(y.at(pixel, c), v, c, vectors.channels);
  });
}

bool accepts(const BatchNorm&, const DeviceMaps& maps, Precision, const GpuInfo&) {
  return simt::stores(maps.in[0].element, maps.out.element);
}

// Returns the size of scale, then shift, as on the CPU.  They are floats whatever the precision.
std::int64_t packed_bytes(const BatchNorm& op, Precision) {
  return batch_norm_packed_floats(op) * std::int64_t(sizeof(float));
}

void pack(const BatchNorm& op, const RawWeights& weights, Precision, std::byte* packed) {
  batch_norm_pack(op, weights, reinterpret_cast<float*>(packed));
}

void run(const BatchNorm& op, const DeviceCall& call) {
  const DeviceMap &x = call.maps.in[0], &y = call.maps.out;
  const float* scale = reinterpret_cast<const float*>(call.packed);
  simt::with_elements(x.element, y.element, [&]<class X, class Y>(X, Y) {
    constexpr int N = simt::kVector<X, Y>;
    simt::launch_each("batch_norm", batch_norm_kernel<N, X, Y>, simt::Vectors<N>(y), call.stream, simt::map_of<const X>(x), simt::map_of<Y>(y), scale,
                      scale + batch_norm_packed_floats(op) / 2, op.act);
  });
}

} // namespace

const DeviceKernel<BatchNorm> batch_norm_cuda{"cuda", accepts, packed_bytes, pack, nullptr, run};

} // namespace pose
