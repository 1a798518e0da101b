// CUDA kernel of depthwise conv_transpose2d: a thread sums eight channels of one or two pixels.
// SPDX-License-Identifier: MIT
#include "ops/conv_transpose2d/conv_transpose2d_cuda.h"

namespace pose {
namespace {

template <int Tile, class X, class Y>
__global__ void __launch_bounds__(128, 8) depthwise_kernel(ConvTranspose2d op, GatherMaps m, const X* __restrict__ x, const float* __restrict__ shift,
                                                           const X* __restrict__ weights, Y* __restrict__ y) {
  const int item = int(blockIdx.x * blockDim.x + threadIdx.x);
  if (item >= m.items) return;
  const GatherTile tile = gather_tile<Tile>(op, m, item);
  float sum[Tile][8];
  start_sums(sum, shift, tile);
  for_each_tap(op, m, tile, [&](int tap, std::int64_t pixel, int column) {
    float weight[8];
    simt::load8(weights + std::int64_t(tap) * m.lanes + tile.channel, weight);
    SIMT_UNROLL
    for (int t = 0; t < Tile; t++) {
      if (column + t < 0 || column + t >= m.in_w) continue;
      float in[8];
      simt::load8(x + (pixel + column + t) * m.in_pitch + tile.channel, in);
      SIMT_UNROLL
      for (int j = 0; j < 8; j++) sum[t][j] += in[j] * weight[j];
    }
  });
  store_sums(op, m, tile, sum, y);
}

bool accepts(const ConvTranspose2d& op, const DeviceMaps& maps, Precision, const GpuInfo&) {
  return op.groups == op.in_c && op.in_c == op.out_c && gathers(op, maps);
}

std::int64_t packed_bytes(const ConvTranspose2d& op, Precision precision) {
  return gather_packed_bytes(op, 1, precision);
}

void pack(const ConvTranspose2d& op, const RawWeights& raw, Precision precision, std::byte* packed) {
  pack_gather(op, 1, raw, precision, packed);
}

void run(const ConvTranspose2d& op, const DeviceCall& call) {
  launch_gather<2>(op, call, [&]<int Tile, class X, class Y>(Gather<Tile, X, Y>) { return depthwise_kernel<Tile, X, Y>; });
}

} // namespace

const DeviceKernel<ConvTranspose2d> conv_transpose2d_cuda_depthwise{"cuda_depthwise", accepts, packed_bytes, pack, nullptr, run};

} // namespace pose
