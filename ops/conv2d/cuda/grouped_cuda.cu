// CUDA kernel of grouped conv2d: a thread sums eight channels, each over the inputs of its group, for one or two neighboring pixels.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/cuda/lanes_cuda.h"

namespace pose {
namespace {

template <int Tile, class T> __global__ void __launch_bounds__(128) grouped_kernel(LanesArgs<T> a) {
  const int item = int(blockIdx.x * blockDim.x + threadIdx.x);
  if (item >= a.items) return;
  const LanesPlace place = lanes_place<Tile>(a, item);
  const ConvPixels& p = a.pixels;
  int first[8]; // input channel of each output; lanes past the last output have weight 0 and read the same inputs as the last one
  SIMT_UNROLL
  for (int j = 0; j < 8; j++) {
    const int channel = place.channel + j < a.ending.out_c ? place.channel + j : a.ending.out_c - 1;
    first[j] = channel / a.outputs * a.inputs;
  }
  float sum[Tile][8] = {};
  for (int ky = 0; ky < p.kernel_h; ky++) {
    const int y = place.top + ky;
    if (y < 0 || y >= p.in_h) continue;
    const T* row = a.x + (std::int64_t(place.n) * p.in_h + y) * p.in_w * p.in_pitch;
    for (int kx = 0; kx < p.kernel_w; kx++) {
      const T* w = a.w + std::int64_t(ky * p.kernel_w + kx) * a.inputs * a.lanes + place.channel;
      for (int i = 0; i < a.inputs; i++, w += a.lanes) {
        float weight[8];
        simt::load8(w, weight);
        SIMT_UNROLL
        for (int t = 0; t < Tile; t++) {
          const int x = place.left + t * p.stride_w + kx;
          if (x < 0 || x >= p.in_w) continue;
          const T* in = row + x * p.in_pitch + i;
          SIMT_UNROLL
          for (int j = 0; j < 8; j++) sum[t][j] += simt::to_float(in[first[j]]) * weight[j];
        }
      }
    }
  }
  finish_lanes(a, place, sum);
}

bool accepts(const Conv2d& op, const DeviceMaps& maps, Precision precision, const GpuInfo&) {
  return op.groups > 1 && lanes_accept(op, maps, precision);
}

void run(const Conv2d& op, const DeviceCall& call) {
  simt::with_element(call.maps.in[0].element,
                     [&]<class T>(T) { launch_lanes<T>("conv2d grouped", op, call, grouped_kernel<1, T>, grouped_kernel<2, T>); });
}

} // namespace

const DeviceKernel<Conv2d> conv2d_cuda_grouped{"grouped", accepts, output_lanes_bytes, pack_output_lanes, nullptr, run};

} // namespace pose
