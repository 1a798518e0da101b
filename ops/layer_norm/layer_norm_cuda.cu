// CUDA kernel of layer_norm: one warp per pixel.
// SPDX-License-Identifier: MIT
#include "ops/cuda/pixels.h"
#include "ops/layer_norm/layer_norm.h"

namespace pose {
namespace {

constexpr int kThreads = 256;
constexpr int kPixels = kThreads / 32; // per block at a time

template <class X, class Y>
__global__ void layer_norm_kernel(simt::MapOf<const X> x, simt::MapOf<Y> y, std::int64_t pixels, int channels, int lanes, const float* gamma,
                                  const float* beta, float eps) {
  const int lane = int(threadIdx.x % 32);
  for (std::int64_t pixel = std::int64_t(blockIdx.x) * kPixels + threadIdx.x / 32; pixel < pixels; pixel += std::int64_t(gridDim.x) * kPixels) {
    float sum = 0, squares = 0;
    for (int c = lane; c < channels; c += 32) sum += simt::to_float(*x.at(pixel, c));
    for (int m = 16; m > 0; m /= 2) sum += __shfl_xor_sync(~0u, sum, m);
    const float mean = sum / float(channels);
    for (int c = lane; c < channels; c += 32) {
      const float d = simt::to_float(*x.at(pixel, c)) - mean;
      squares += d * d;
    }
    for (int m = 16; m > 0; m /= 2) squares += __shfl_xor_sync(~0u, squares, m);
    const float factor = 1 / sqrtf(squares / float(channels) + eps);
    for (int c = lane; c < lanes; c += 32) {
      const float v = c < channels ? (simt::to_float(*x.at(pixel, c)) - mean) * factor * gamma[c] + beta[c] : 0.0f;
      simt::from_float(*y.at(pixel, c), v);
    }
  }
}

bool accepts(const LayerNorm&, const DeviceMaps& maps, Precision, const GpuInfo&) {
  return simt::stores(maps.in[0].element, maps.out.element);
}

std::int64_t packed_bytes(const LayerNorm& op, Precision) {
  return layer_norm_packed_floats(op) * std::int64_t(sizeof(float));
}

void pack(const LayerNorm& op, const RawWeights& weights, Precision, std::byte* packed) {
  layer_norm_pack(op, weights, reinterpret_cast<float*>(packed));
}

void run(const LayerNorm& op, const DeviceCall& call) {
  const DeviceMap &x = call.maps.in[0], &y = call.maps.out;
  const float* gamma = reinterpret_cast<const float*>(call.packed);
  simt::with_elements(x.element, y.element, [&]<class X, class Y>(X, Y) {
    simt::launch("layer_norm", layer_norm_kernel<X, Y>, simt::blocks_for(y.pixels(), kPixels), kThreads, 0, call.stream, simt::map_of<const X>(x),
                 simt::map_of<Y>(y), y.pixels(), y.shape.c, device_lanes(y.shape.c), gamma, gamma + layer_norm_packed_floats(op) / 2, op.eps);
  });
}

} // namespace

const DeviceKernel<LayerNorm> layer_norm_cuda{"cuda", accepts, packed_bytes, pack, nullptr, run};

} // namespace pose
