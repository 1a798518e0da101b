// CUDA kernel of depthwise conv2d: a thread sums eight channels of one or two neighboring pixels, which share the weights that it reads.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/cuda/lanes_cuda.h"

namespace pose {
namespace {

// Width 0 means any kernel width.
template <int Tile, int Width, class T> __global__ void __launch_bounds__(128) depthwise_kernel(LanesArgs<T> a) {
  const int item = int(blockIdx.x * blockDim.x + threadIdx.x);
  if (item >= a.items) return;
  const LanesPlace place = lanes_place<Tile>(a, item);
  const ConvPixels& p = a.pixels;
  const int width = Width != 0 ? Width : p.kernel_w;
  float sum[Tile][8] = {};
  const T* w = a.w + place.channel;
  for (int ky = 0; ky < p.kernel_h; ky++, w += width * a.lanes) {
    const int y = place.top + ky;
    if (y < 0 || y >= p.in_h) continue;
    const T* row = a.x + (std::int64_t(place.n) * p.in_h + y) * p.in_w * p.in_pitch + place.channel;
    SIMT_UNROLL
    for (int kx = 0; kx < width; kx++) {
      float weight[8];
      simt::load8(w + kx * a.lanes, weight);
      SIMT_UNROLL
      for (int t = 0; t < Tile; t++) {
        const int x = place.left + t * p.stride_w + kx;
        if (x < 0 || x >= p.in_w) continue;
        float in[8];
        simt::load8(row + x * p.in_pitch, in);
        SIMT_UNROLL
        for (int j = 0; j < 8; j++) sum[t][j] += in[j] * weight[j];
      }
    }
  }
  finish_lanes(a, place, sum);
}

bool accepts(const Conv2d& op, const DeviceMaps& maps, Precision precision, const GpuInfo&) {
  return op.groups == op.in_c && op.in_c == op.out_c && lanes_accept(op, maps, precision);
}

template <int Width, class T> void launch(const Conv2d& op, const DeviceCall& call) {
  launch_lanes<T>("conv2d depthwise", op, call, depthwise_kernel<1, Width, T>, depthwise_kernel<2, Width, T>);
}

void run(const Conv2d& op, const DeviceCall& call) {
  simt::with_element(call.maps.in[0].element, [&]<class T>(T) {
    if (op.kernel_w == 3)
      launch<3, T>(op, call);
    else
      launch<0, T>(op, call);
  });
}

} // namespace

const DeviceKernel<Conv2d> conv2d_cuda_depthwise{"depthwise", accepts, output_lanes_bytes, pack_output_lanes, nullptr, run};

} // namespace pose
