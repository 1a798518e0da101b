// CUDA kernels of concat and slice: copies, for maps that the planner could not turn into views.
// SPDX-License-Identifier: MIT
#include "ops/concat/concat.h"
#include "ops/cuda/pixels.h"

namespace pose {
namespace {

// Copies x's channels to y and writes zeros after them.  x and y begin at a vector.
template <int N, class X, class Y> __global__ void copy_kernel(simt::Vectors<N> vectors, simt::MapOf<const X> x, simt::MapOf<Y> y) {
  vectors.each([&](std::int64_t pixel, int c) {
    float v[N];
    simt::load(x.at(pixel, c), v);
    simt::store(y.at(pixel, c), v, c, vectors.channels);
  });
}

// Does the same when x begins at any channel.
template <int N, class X, class Y> __global__ void gather_kernel(simt::Vectors<N> vectors, simt::MapOf<const X> x, simt::MapOf<Y> y) {
  vectors.each([&](std::int64_t pixel, int c) {
    const X* from = x.at(pixel, c);
    float v[N];
    SIMT_UNROLL
    for (int k = 0; k < N; k++) v[k] = c + k < vectors.channels ? simt::to_float(from[k]) : 0.0f;
    simt::store(y.at(pixel, c), v);
  });
}

// Does the same when y begins at any channel and the other lanes of y must be kept.
template <class X, class Y> __global__ void scatter_kernel(simt::Vectors<1> lanes, simt::MapOf<const X> x, simt::MapOf<Y> y) {
  lanes.each([&](std::int64_t pixel, int c) { simt::from_float(*y.at(pixel, c), c < lanes.channels ? simt::to_float(*x.at(pixel, c)) : 0.0f); });
}

bool accepts_concat(const Concat&, const DeviceMaps& maps, Precision, const GpuInfo&) {
  for (int i = 0; i < maps.inputs; i++) {
    if (!simt::stores(maps.in[i].element, maps.out.element)) return false;
  }
  return true;
}

// Copies x's channels to those of y from `begin` on.  Whole vectors write zeros after x's channels; the next input overwrites them.
void put(const DeviceMap& x, const DeviceMap& y, int begin, StreamHandle stream) {
  simt::with_elements(x.element, y.element, [&]<class X, class Y>(X, Y) {
    constexpr int N = simt::kVector<X, Y>;
    const simt::MapOf<Y> to{y.as<Y>() + begin, y.pitch};
    if (begin % kDeviceLanes == 0) {
      simt::launch_each("concat", copy_kernel<N, X, Y>, simt::Vectors<N>(x), stream, simt::map_of<const X>(x), to);
    } else {
      const int lanes = begin + x.shape.c == y.shape.c ? device_lanes(y.shape.c) - begin : x.shape.c; // the last input also writes the padding lanes
      simt::launch_each("concat", scatter_kernel<X, Y>, simt::Vectors<1>(x.pixels(), lanes, x.shape.c), stream, simt::map_of<const X>(x), to);
    }
  });
}

void run_concat(const Concat&, const DeviceCall& call) {
  int begin = 0;
  for (int i = 0; i < call.maps.inputs; i++) {
    put(call.maps.in[i], call.maps.out, begin, call.stream);
    begin += call.maps.in[i].shape.c;
  }
}

bool accepts_slice(const Slice&, const DeviceMaps& maps, Precision, const GpuInfo&) {
  return simt::stores(maps.in[0].element, maps.out.element);
}

void run_slice(const Slice& op, const DeviceCall& call) {
  const DeviceMap &x = call.maps.in[0], &y = call.maps.out;
  simt::with_elements(x.element, y.element, [&]<class X, class Y>(X, Y) {
    constexpr int N = simt::kVector<X, Y>;
    const auto kernel = op.begin % kDeviceLanes == 0 ? copy_kernel<N, X, Y> : gather_kernel<N, X, Y>;
    const simt::MapOf<const X> from{x.as<const X>() + op.begin, x.pitch};
    simt::launch_each("slice", kernel, simt::Vectors<N>(y), call.stream, from, simt::map_of<Y>(y));
  });
}

} // namespace

const DeviceKernel<Concat> concat_cuda{"cuda", accepts_concat, nullptr, nullptr, nullptr, run_concat};
const DeviceKernel<Slice> slice_cuda{"cuda", accepts_slice, nullptr, nullptr, nullptr, run_slice};

} // namespace pose
