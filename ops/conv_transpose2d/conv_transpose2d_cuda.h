// Shared by the CUDA kernels of conv_transpose2d: the pixels, channels and taps of a thread.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/conv_transpose2d/conv_transpose2d_cuda_pack.h"
#include "ops/cuda/activate.h"
#include "ops/cuda/pixels.h"

namespace pose {

struct GatherMaps {
  int in_h, in_w, in_pitch, out_h, out_w, out_pitch;
  int lanes; // of the output map
  int tiles; // per row
  int items; // work items: eight channels of one tile each
};

// A thread's tile.  Its pixels are stride_w apart and so share their taps: pixel t is column x + t * stride_w.
struct GatherTile {
  int n, y, x, channel;
};

inline GatherMaps gather_maps(const ConvTranspose2d& op, const DeviceMaps& maps, int tile) {
  const DeviceMap &x = maps.in[0], &y = maps.out;
  const int lanes = device_lanes(y.shape.c), step = op.stride_w * tile, tiles = (y.shape.w + step - 1) / step * op.stride_w;
  return {x.shape.h, x.shape.w, x.pitch, y.shape.h, y.shape.w, y.pitch, lanes, tiles, y.shape.n * y.shape.h * tiles * (lanes / kDeviceLanes)};
}

// Returns whether the gathering kernels accept the maps.  Items are counted in int, at one pixel each, since 64-bit divisions are slow.
inline bool gathers(const ConvTranspose2d& op, const DeviceMaps& maps) {
  const Shape& y = maps.out.shape;
  const std::int64_t columns = y.w + op.stride_w - 1; // the last tiles of a row may extend past the map
  return y.n * std::int64_t(y.h) * columns * (device_lanes(y.c) / kDeviceLanes) < 1 << 30 && simt::stores(maps.in[0].element, maps.out.element);
}

// Names a kernel instance for functions that pick one.
template <int T, class X, class Y> struct Gather {};

// Launches pick(Gather<tile, element of the input, element of the output>()).  Tiles have Most pixels where that fills the device, else one.
template <int Most, class Pick> void launch_gather(const ConvTranspose2d& op, const DeviceCall& call, Pick pick) {
  const DeviceMaps& maps = call.maps;
  const auto go = [&]<int Tile, class X, class Y>(Gather<Tile, X, Y> instance) {
    const GatherMaps m = gather_maps(op, maps, Tile);
    const float* shift = reinterpret_cast<const float*>(call.packed);
    simt::launch("conv_transpose2d", pick(instance), unsigned(m.items + 127) / 128, 128, 0, call.stream, op, m, maps.in[0].as<const X>(), shift,
                 reinterpret_cast<const X*>(shift + m.lanes), maps.out.as<Y>());
  };
  simt::with_elements(maps.in[0].element, maps.out.element, [&]<class X, class Y>(X, Y) {
    if (gather_maps(op, maps, Most).items >= call.gpu->processors * 256)
      go(Gather<Most, X, Y>());
    else
      go(Gather<1, X, Y>());
  });
}

template <int Tile> __device__ __forceinline__ GatherTile gather_tile(const ConvTranspose2d& op, const GatherMaps& m, int item) {
  const int blocks = m.lanes / kDeviceLanes, place = item / blocks, row = place / m.tiles, tile = place % m.tiles;
  return {row / m.out_h, row % m.out_h, tile / op.stride_w * op.stride_w * Tile + tile % op.stride_w, item % blocks * kDeviceLanes};
}

// Calls f(tap, pixel, column) for every tap that meets a row of the input.
//   tap      index below kernel_h * kernel_w
//   pixel    the first pixel of that input row
//   column   the input column that meets the tile's first pixel; pixel t meets column + t, if that is inside
template <class F> __device__ __forceinline__ void for_each_tap(const ConvTranspose2d& op, const GatherMaps& m, const GatherTile& tile, F f) {
  const int down = tile.y + op.pad_top, right = tile.x + op.pad_left;
  for (int ky = down % op.stride_h, y = down / op.stride_h; ky < op.kernel_h; ky += op.stride_h, y--) {
    if (y < 0 || y >= m.in_h) continue;
    for (int kx = right % op.stride_w, x = right / op.stride_w; kx < op.kernel_w; kx += op.stride_w, x--)
      f(ky * op.kernel_w + kx, (std::int64_t(tile.n) * m.in_h + y) * m.in_w, x);
  }
}

template <int Tile> __device__ __forceinline__ void start_sums(float (&sum)[Tile][8], const float* shift, const GatherTile& tile) {
  SIMT_UNROLL
  for (int t = 0; t < Tile; t++) simt::load8(shift + tile.channel, sum[t]);
}

template <int Tile, class Y>
__device__ __forceinline__ void store_sums(const ConvTranspose2d& op, const GatherMaps& m, const GatherTile& tile, float (&sum)[Tile][8], Y* y) {
  SIMT_UNROLL
  for (int t = 0; t < Tile; t++) {
    const int x = tile.x + t * op.stride_w;
    if (x >= m.out_w) return;
    SIMT_UNROLL
    for (int j = 0; j < 8; j++) sum[t][j] = tile.channel + j < op.out_c ? simt::activate(op.act, sum[t][j]) : 0.0f;
    simt::store8(y + ((std::int64_t(tile.n) * m.out_h + tile.y) * m.out_w + x) * m.out_pitch + tile.channel, sum[t]);
  }
}

} // namespace pose
