// CUDA kernel of binary.
// SPDX-License-Identifier: MIT
#include "ops/binary/binary.h"
#include "ops/cuda/pixels.h"

namespace pose {
namespace {

// An operand and the strides of its pixels, 0 along sides where it repeats.
template <class X> struct Operand {
  simt::MapOf<const X> map;
  std::int64_t image;
  int row, pixel;
  bool scalar; // one channel, broadcast to all

  explicit Operand(const DeviceMap& m)
      : map(simt::map_of<const X>(m)), image(std::int64_t(m.shape.h) * m.shape.w), row(m.shape.h == 1 ? 0 : m.shape.w), pixel(m.shape.w == 1 ? 0 : 1),
        scalar(m.shape.c == 1) {}

  __device__ __forceinline__ float at(std::int64_t n, int y, int x, int c) const {
    return simt::to_float(*map.at(n * image + std::int64_t(y) * row + x * pixel, scalar ? 0 : c));
  }
};

template <int N, class X, class Y>
__global__ void binary_kernel(simt::Vectors<N> vectors, Operand<X> a, Operand<X> b, simt::MapOf<Y> y, BinaryKind kind, simt::Divisor width,
                              simt::Divisor height) {
  vectors.each([&](std::int64_t pixel, int c) {
    float v[N] = {};
    std::int64_t image = pixel;
    const int px = width.split(image), py = height.split(image);
    for (int k = 0; k < N && c + k < vectors.channels; k++) v[k] = binary_value(kind, a.at(image, py, px, c + k), b.at(image, py, px, c + k));
    simt::store(y.at(pixel, c), v);
  });
}

bool accepts(const Binary&, const DeviceMaps& maps, Precision, const GpuInfo&) {
  return maps.in[0].element == maps.in[1].element && simt::stores(maps.in[0].element, maps.out.element);
}

void run(const Binary& op, const DeviceCall& call) {
  const DeviceMap &a = call.maps.in[0], &b = call.maps.in[1], &y = call.maps.out;
  simt::with_elements(a.element, y.element, [&]<class X, class Y>(X, Y) {
    constexpr int N = simt::kVector<X, Y>;
    simt::launch_each("binary", binary_kernel<N, X, Y>, simt::Vectors<N>(y), call.stream, Operand<X>(a), Operand<X>(b), simt::map_of<Y>(y), op.kind,
                      simt::Divisor(y.shape.w), simt::Divisor(y.shape.h));
  });
}

} // namespace

const DeviceKernel<Binary> binary_cuda{"cuda", accepts, nullptr, nullptr, nullptr, run};

} // namespace pose
