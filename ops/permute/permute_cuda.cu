// CUDA kernel of permute: a thread gathers the channels of one vector of the result.
// SPDX-License-Identifier: MIT
#include "ops/cuda/pixels.h"
#include "ops/permute/permute.h"

namespace pose {
namespace {

struct Sizes {
  int in_h, in_w, out_h, out_w;
  simt::Divisor w, h; // of the result
};

template <int N, class X, class Y>
__global__ void permute_kernel(simt::Vectors<N> vectors, simt::MapOf<const X> in, simt::MapOf<Y> out, TransposedAxes axes, Sizes s) {
  vectors.each([&](std::int64_t pixel, int c) {
    float v[N] = {};
    std::int64_t image = pixel;
    const int x = s.w.split(image), y = s.h.split(image);
    for (int k = 0; k < N && c + k < vectors.channels; k++) {
      const std::int64_t from = permute_source(axes, (std::int64_t(c + k) * s.out_h + y) * s.out_w + x), row = from / s.in_w;
      v[k] = simt::to_float(*in.at((image * s.in_h + row % s.in_h) * s.in_w + from % s.in_w, int(row / s.in_h)));
    }
    simt::store(out.at(pixel, c), v);
  });
}

bool accepts(const Permute&, const DeviceMaps& maps, Precision, const GpuInfo&) {
  return simt::stores(maps.in[0].element, maps.out.element);
}

void run(const Permute& op, const DeviceCall& call) {
  const DeviceMap &x = call.maps.in[0], &y = call.maps.out;
  const Sizes sizes{x.shape.h, x.shape.w, y.shape.h, y.shape.w, simt::Divisor(y.shape.w), simt::Divisor(y.shape.h)};
  simt::with_elements(x.element, y.element, [&]<class X, class Y>(X, Y) {
    constexpr int N = simt::kVector<X, Y>;
    simt::launch_each("permute", permute_kernel<N, X, Y>, simt::Vectors<N>(y), call.stream, simt::map_of<const X>(x), simt::map_of<Y>(y),
                      transposed_axes(op), sizes);
  });
}

} // namespace

const DeviceKernel<Permute> permute_cuda{"cuda", accepts, nullptr, nullptr, nullptr, run};

} // namespace pose
