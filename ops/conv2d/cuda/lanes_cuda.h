// Shared by the CUDA kernels of conv2d that are not implicit GEMMs: the pixels and channels of a thread.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/conv2d/cuda/epilogue.h"
#include "ops/conv2d/cuda/lanes.h"

namespace pose {

// Arguments of a kernel whose threads compute eight channels of `tile` neighboring pixels of a row.
template <class T> struct LanesArgs {
  ConvPixels pixels;
  ConvEpilogue ending;
  const T *x, *w;
  int inputs, outputs; // per group
  int lanes;           // of the output map
  int tiles;           // per row
  int items;           // threads with work
};

// Returns whether items can be counted in int and weights have the map's element.
inline bool lanes_accept(const Conv2d& op, const DeviceMaps& maps, Precision precision) {
  const Shape& y = maps.out.shape;
  return op.placing == StoreMode::plain && countable(op, maps) && y.n * std::int64_t(y.h) * y.w * (device_lanes(y.c) / kDeviceLanes) < 1 << 30 &&
         (precision == Precision::fp16) == (maps.in[0].element == Element::f16);
}

template <class T> LanesArgs<T> lanes_args(const Conv2d& op, const DeviceCall& call, int tile) {
  const ConvPixels p = pixels_of(op, call.maps);
  const float* shift = reinterpret_cast<const float*>(call.packed);
  const int lanes = device_lanes(op.out_c), tiles = (p.w + tile - 1) / tile;
  return {p,
          ending_of(op, call.maps, shift),
          call.maps.in[0].as<const T>(),
          reinterpret_cast<const T*>(shift + lanes),
          op.in_c / op.groups,
          op.out_c / op.groups,
          lanes,
          tiles,
          p.count / p.w * tiles * (lanes / kDeviceLanes)};
}

struct LanesPlace {
  int row, column; // first pixel of the tile in the result, rows numbered over all images
  int channel;
  int n, top, left; // window of the first pixel
};

template <int Tile, class T> __device__ __forceinline__ LanesPlace lanes_place(const LanesArgs<T>& a, int item) {
  const int blocks = a.lanes / kDeviceLanes, place = item / blocks, row = place / a.tiles, column = place % a.tiles * Tile;
  const ConvPixels& p = a.pixels;
  return {row, column, item % blocks * kDeviceLanes, row / p.h, row % p.h * p.stride_h - p.pad_top, column * p.stride_w - p.pad_left};
}

template <int Tile, class T> __device__ __forceinline__ void finish_lanes(const LanesArgs<T>& a, const LanesPlace& place, float (&sum)[Tile][8]) {
  SIMT_UNROLL
  for (int t = 0; t < Tile; t++) {
    if (place.column + t < a.pixels.w) finish8<T>(a.ending, place.row * a.pixels.w + place.column + t, place.channel, sum[t]);
  }
}

// Launches with two pixels per thread where that fills the device, else with one.
template <class T>
void launch_lanes(const char* name, const Conv2d& op, const DeviceCall& call, void (*one)(LanesArgs<T>), void (*two)(LanesArgs<T>)) {
  constexpr int kThreads = 128;
  const LanesArgs<T> pairs = lanes_args<T>(op, call, 2);
  const bool many = pairs.items >= call.gpu->processors * 512;
  const LanesArgs<T> args = many ? pairs : lanes_args<T>(op, call, 1);
  simt::launch(name, many ? two : one, unsigned(args.items + kThreads - 1) / kThreads, kThreads, 0, call.stream, args);
}

} // namespace pose
