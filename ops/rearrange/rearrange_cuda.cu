// CUDA kernel of rearrange: a thread gathers the channels of one vector of the result.
// SPDX-License-Identifier: MIT
#include "ops/cuda/pixels.h"
#include "ops/rearrange/rearrange.h"

namespace pose {
namespace {

// The sides and channels of the two maps, and divisors by those of the result.
struct Sizes {
  int in_h, in_w, in_c, out_h, out_w, out_c;
  simt::Divisor w, h;
};

__device__ __forceinline__ Place source_of(const Rearrange& op, const Sizes& s, int y, int x, int c) {
  if (op.kind == Rearranging::crop) return {op.top + y, op.left + x, c};
  if (op.kind == Rearranging::darknet_reorg) return darknet_reorg_source(op.factor, y, x, c, s.out_h, s.out_w, s.in_h, s.in_w, s.in_c);
  if (op.kind == Rearranging::windows) return window_source(op, y, x, c, s.in_c);
  if (op.kind == Rearranging::places) return {0, 0, (y * s.out_w + x) * s.out_c + c};
  const int offset = c / s.in_c;
  return {y * op.factor + offset / op.factor, x * op.factor + offset % op.factor, c - offset * s.in_c};
}

template <int N, class X, class Y>
__global__ void rearrange_kernel(simt::Vectors<N> vectors, simt::MapOf<const X> in, simt::MapOf<Y> out, Rearrange op, Sizes s) {
  vectors.each([&](std::int64_t pixel, int c) {
    float v[N] = {};
    std::int64_t image = pixel;
    const int x = s.w.split(image), y = s.h.split(image);
    for (int k = 0; k < N && c + k < vectors.channels; k++) {
      const Place from = source_of(op, s, y, x, c + k);
      const bool inside = from.y >= 0 && from.y < s.in_h && from.x >= 0 && from.x < s.in_w;
      const float value = inside ? simt::to_float(*in.at((image * s.in_h + from.y) * s.in_w + from.x, from.c)) : 0;
      v[k] = op.scale * value + op.shift;
    }
    simt::store(out.at(pixel, c), v);
  });
}

bool accepts(const Rearrange&, const DeviceMaps& maps, Precision, const GpuInfo&) {
  return simt::stores(maps.in[0].element, maps.out.element);
}

void run(const Rearrange& op, const DeviceCall& call) {
  const DeviceMap &x = call.maps.in[0], &y = call.maps.out;
  const Sizes sizes{x.shape.h, x.shape.w, x.shape.c, y.shape.h, y.shape.w, y.shape.c, simt::Divisor(y.shape.w), simt::Divisor(y.shape.h)};
  simt::with_elements(x.element, y.element, [&]<class X, class Y>(X, Y) {
    constexpr int N = simt::kVector<X, Y>;
    simt::launch_each("rearrange", rearrange_kernel<N, X, Y>, simt::Vectors<N>(y), call.stream, simt::map_of<const X>(x), simt::map_of<Y>(y), op,
                      sizes);
  });
}

} // namespace

const DeviceKernel<Rearrange> rearrange_cuda{"cuda", accepts, nullptr, nullptr, nullptr, run};

} // namespace pose
