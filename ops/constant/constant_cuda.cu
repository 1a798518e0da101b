// CUDA kernel of constant.
// SPDX-License-Identifier: MIT
#include "ops/constant/constant.h"
#include "ops/cuda/pixels.h"

namespace pose {
namespace {

// values: of one image, with the lanes of a map
template <int N, class Y>
__global__ void constant_kernel(simt::Vectors<N> vectors, const float* values, simt::MapOf<Y> y, simt::Divisor pixels, int lanes) {
  vectors.each([&](std::int64_t pixel, int c) {
    float v[N];
    std::int64_t image = pixel;
    const float* from = values + std::int64_t(pixels.split(image)) * lanes + c;
    SIMT_UNROLL
    for (int k = 0; k < N; k++) v[k] = from[k];
    simt::store(y.at(pixel, c), v);
  });
}

std::int64_t packed_bytes(const Constant& op, Precision) {
  return std::int64_t(op.height) * op.width * device_lanes(op.channels) * std::int64_t(sizeof(float));
}

void pack(const Constant& op, const RawWeights& weights, Precision, std::byte* packed) {
  float* to = reinterpret_cast<float*>(packed);
  const std::int64_t pixels = std::int64_t(op.height) * op.width, lanes = device_lanes(op.channels);
  for (std::int64_t p = 0; p < pixels; p++) {
    for (int c = 0; c < op.channels; c++) to[p * lanes + c] = weights.tensors[0][c * pixels + p];
  }
}

void run(const Constant&, const DeviceCall& call) {
  const DeviceMap& y = call.maps.out;
  const float* values = reinterpret_cast<const float*>(call.packed);
  simt::with_element(y.element, [&]<class Y>(Y) {
    constexpr int N = simt::kVector<Y, Y>;
    simt::launch_each("constant", constant_kernel<N, Y>, simt::Vectors<N>(y), call.stream, values, simt::map_of<Y>(y),
                      simt::Divisor(std::int64_t(y.shape.h) * y.shape.w), device_lanes(y.shape.c));
  });
}

} // namespace

const DeviceKernel<Constant> constant_cuda{"cuda", nullptr, packed_bytes, pack, nullptr, run};

} // namespace pose
