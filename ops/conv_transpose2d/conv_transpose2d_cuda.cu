// CUDA kernel of conv_transpose2d, gathering: a thread sums eight channels of up to four pixels, which share the weights that it reads.
// SPDX-License-Identifier: MIT
#include "ops/conv_transpose2d/conv_transpose2d_cuda.h"

namespace pose {
namespace {

// Blocks per multiprocessor: as many as registers allow without spills.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 1000
constexpr int kBlocks = 2;
#else
constexpr int kBlocks = 3;
#endif

// Sums eight input channels at a time.  They belong to one group, which all eight outputs read.
template <int Tile, class X, class Y>
__global__ void __launch_bounds__(128, kBlocks) aligned_kernel(ConvTranspose2d op, GatherMaps m, const X* __restrict__ x,
                                                               const float* __restrict__ shift, const X* __restrict__ weights, Y* __restrict__ y) {
  const int out_group = op.out_c / op.groups, depth = (op.in_c / op.groups + 7) / 8 * 8;
  const int item = int(blockIdx.x * blockDim.x + threadIdx.x);
  if (item >= m.items) return;
  const GatherTile tile = gather_tile<Tile>(op, m, item);
  float sum[Tile][8];
  start_sums(sum, shift, tile);
  const X* group = x + (op.groups > 1 ? tile.channel / out_group * depth : 0);
  for_each_tap(op, m, tile, [&](int tap, std::int64_t pixel, int column) {
    const X* w = weights + std::int64_t(tap) * depth * m.lanes + tile.channel;
    for (int c = 0; c < depth; c += 8) {
      float in[Tile][8];
      SIMT_UNROLL
      for (int t = 0; t < Tile; t++) {
        if (column + t >= 0 && column + t < m.in_w) {
          simt::load8(group + (pixel + column + t) * m.in_pitch + c, in[t]);
        } else {
          SIMT_UNROLL
          for (int k = 0; k < 8; k++) in[t][k] = 0;
        }
      }
      SIMT_UNROLL
      for (int k = 0; k < 8; k++, w += m.lanes) {
        float weight[8];
        simt::load8(w, weight);
        SIMT_UNROLL
        for (int t = 0; t < Tile; t++) {
          SIMT_UNROLL
          for (int j = 0; j < 8; j++) sum[t][j] += in[t][k] * weight[j];
        }
      }
    }
  });
  store_sums(op, m, tile, sum, y);
}

// Sums for any groups: each of the eight outputs reads the inputs of its group.
template <int Tile, class X, class Y>
__global__ void __launch_bounds__(128, kBlocks) grouped_kernel(ConvTranspose2d op, GatherMaps m, const X* __restrict__ x,
                                                               const float* __restrict__ shift, const X* __restrict__ weights, Y* __restrict__ y) {
  const int in_group = op.in_c / op.groups, out_group = op.out_c / op.groups;
  const int item = int(blockIdx.x * blockDim.x + threadIdx.x);
  if (item >= m.items) return;
  const GatherTile tile = gather_tile<Tile>(op, m, item);
  float sum[Tile][8];
  start_sums(sum, shift, tile);
  int first[8]; // first input channel of each output
  SIMT_UNROLL
  for (int j = 0; j < 8; j++) first[j] = (tile.channel + j < op.out_c ? tile.channel + j : op.out_c - 1) / out_group * in_group;
  for_each_tap(op, m, tile, [&](int tap, std::int64_t pixel, int column) {
    const X* w = weights + std::int64_t(tap) * in_group * m.lanes + tile.channel;
    for (int c = 0; c < in_group; c++, w += m.lanes) {
      float weight[8];
      simt::load8(w, weight);
      SIMT_UNROLL
      for (int t = 0; t < Tile; t++) {
        if (column + t < 0 || column + t >= m.in_w) continue;
        const X* in = x + (pixel + column + t) * m.in_pitch + c;
        SIMT_UNROLL
        for (int j = 0; j < 8; j++) sum[t][j] += simt::to_float(in[first[j]]) * weight[j];
      }
    }
  });
  store_sums(op, m, tile, sum, y);
}

bool aligned(const ConvTranspose2d& op) {
  return op.groups == 1 || (op.in_c / op.groups % kDeviceLanes == 0 && op.out_c / op.groups % kDeviceLanes == 0);
}

bool accepts(const ConvTranspose2d& op, const DeviceMaps& maps, Precision, const GpuInfo&) {
  return gathers(op, maps);
}

int depth(const ConvTranspose2d& op) {
  return aligned(op) ? device_lanes(op.in_c / op.groups) : op.in_c / op.groups;
}

std::int64_t packed_bytes(const ConvTranspose2d& op, Precision precision) {
  return gather_packed_bytes(op, depth(op), precision);
}

void pack(const ConvTranspose2d& op, const RawWeights& raw, Precision precision, std::byte* packed) {
  pack_gather(op, depth(op), raw, precision, packed);
}

void run(const ConvTranspose2d& op, const DeviceCall& call) {
  launch_gather<4>(op, call, [&]<int Tile, class X, class Y>(Gather<Tile, X, Y>) {
    return aligned(op) ? aligned_kernel<Tile, X, Y> : grouped_kernel<Tile, X, Y>;
  });
}

} // namespace

const DeviceKernel<ConvTranspose2d> conv_transpose2d_cuda{"cuda", accepts, packed_bytes, pack, nullptr, run};

} // namespace pose
