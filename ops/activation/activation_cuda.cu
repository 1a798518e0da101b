// activation on the GPU: one thread for eight lanes.
// SPDX-License-Identifier: MIT
#include "ops/activation/activation.h"
#include "ops/simt/elements.h"

namespace pose {
namespace {

template <class T>
__global__ void activation_kernel(const T* x, T* y, std::int64_t vectors, int per_pixel, int in_pitch, int out_pitch, int channels, Act act) {
  for (std::int64_t i = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x; i < vectors; i += std::int64_t(gridDim.x) * blockDim.x) {
    const std::int64_t pixel = i / per_pixel;
    const int c = int(i % per_pixel) * kDeviceLanes;
    float v[kDeviceLanes];
    simt::load8(x + pixel * in_pitch + c, v);
    for (int k = 0; k < kDeviceLanes; k++) v[k] = c + k < channels ? simt::activate(act, v[k]) : 0.0f;
    simt::store8(y + pixel * out_pitch + c, v);
  }
}

bool accepts(const Activation&, const DeviceMaps& maps, Precision, const GpuInfo&) {
  return maps.in[0].element == maps.out.element;
}

void run(const Activation& op, const DeviceCall& call) {
  const DeviceMap &x = call.maps.in[0], &y = call.maps.out;
  simt::with_element(y.element, [&]<class T>(T) {
    const int per_pixel = device_lanes(y.shape.c) / kDeviceLanes;
    const std::int64_t vectors = y.pixels() * per_pixel;
    simt::launch("activation", activation_kernel<T>, simt::blocks_for(vectors, 256), 256, 0, call.stream, x.as<const T>(), y.as<T>(), vectors,
                 per_pixel, x.pitch, y.pitch, y.shape.c, op.act);
  });
}

} // namespace

const DeviceKernel<Activation> activation_cuda{"cuda", accepts, nullptr, nullptr, nullptr, run};

} // namespace pose
