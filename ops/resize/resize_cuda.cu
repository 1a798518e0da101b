// CUDA kernel of resize: a thread computes the channels of one vector of the result.
// SPDX-License-Identifier: MIT
#include "ops/cuda/pixels.h"
#include "ops/resize/resize.h"

namespace pose {
namespace {

template <int N, class X, class Y>
__global__ void resize_kernel(simt::Vectors<N> vectors, simt::MapOf<const X> x, simt::MapOf<Y> y, Resize op, int in_h, int in_w, simt::Divisor width,
                              simt::Divisor height) {
  vectors.each([&](std::int64_t pixel, int c) {
    std::int64_t image = pixel;
    const int px = width.split(image), py = height.split(image);
    const Between v = resize_place(op.kind, op.scale_y, op.shift_y, py, in_h), h = resize_place(op.kind, op.scale_x, op.shift_x, px, in_w);
    const std::int64_t upper = (image * in_h + v.first) * in_w, lower = (image * in_h + v.second) * in_w;
    float a[N];
    simt::load(x.at(upper + h.first, c), a);
    if (op.kind == ResizeKind::linear) {
      float b[N], d[N], e[N];
      simt::load(x.at(upper + h.second, c), b);
      simt::load(x.at(lower + h.first, c), d);
      simt::load(x.at(lower + h.second, c), e);
      SIMT_UNROLL
      for (int k = 0; k < N; k++) {
        const float above = h.first_weight * a[k] + h.second_weight * b[k], below = h.first_weight * d[k] + h.second_weight * e[k];
        a[k] = v.first_weight * above + v.second_weight * below;
      }
    }
    simt::store(y.at(pixel, c), a);
  });
}

bool accepts(const Resize&, const DeviceMaps& maps, Precision, const GpuInfo&) {
  return simt::stores(maps.in[0].element, maps.out.element);
}

void run(const Resize& op, const DeviceCall& call) {
  const DeviceMap &x = call.maps.in[0], &y = call.maps.out;
  simt::with_elements(x.element, y.element, [&]<class X, class Y>(X, Y) {
    constexpr int N = simt::kVector<X, Y>;
    simt::launch_each("resize", resize_kernel<N, X, Y>, simt::Vectors<N>(y), call.stream, simt::map_of<const X>(x), simt::map_of<Y>(y), op, x.shape.h,
                      x.shape.w, simt::Divisor(y.shape.w), simt::Divisor(y.shape.h));
  });
}

} // namespace

const DeviceKernel<Resize> resize_cuda{"cuda", accepts, nullptr, nullptr, nullptr, run};

} // namespace pose
