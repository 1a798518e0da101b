// Implements cost.h: the cost model of implicit GEMM on a GPU.
// SPDX-License-Identifier: MIT
//
// A multiprocessor works through its share of the tiles at the tile's efficiency.
// The latency of a step limits that rate, and memory may take longer.  The constants are guesses from data sheets until they are measured.
#include "ops/conv2d/cuda/cost.h"

#include "ops/conv2d/cuda/pack.h"

#include <algorithm>

namespace pose {
namespace {

constexpr double kClocksPerMicrosecond = 1600;
constexpr double kLaunchClocks = 2400;     // a kernel in a graph, from the end of the previous one to its first step
constexpr double kStepClocks = 220;        // latency of one step; two blocks of a multiprocessor hide each other's latency
constexpr double kMemoryBytes = 14;        // per clock and multiprocessor
constexpr double kCacheBytes = 32;         // of the second-level cache, per clock and multiprocessor
constexpr std::int64_t kCached = 25 << 20; // maps up to this size are still in that cache

// Returns the multiply-adds per clock of one multiprocessor.
double rate_of(Precision precision, int arch) {
  if (precision == Precision::fp32) return arch < 86 ? 64 : 128;
  const double fp16 = arch == 90 || arch == 100 ? 2048 : arch == 80 ? 1024 : 512;
  return precision == Precision::fp16 ? fp16 : fp16 / 2;
}

double ceil_div(double a, double b) {
  const double q = a / b;
  return double(std::int64_t(q)) + (double(std::int64_t(q)) < q ? 1 : 0);
}

double bytes_in(const DeviceMap& m) {
  return double(m.pixels()) * device_lanes(m.shape.c) * bytes_of(m.element);
}

double memory_clocks(const DeviceMaps& maps, const DeviceGemm& g, int processors) {
  double cached = double(g.bytes), memory = double(g.bytes); // weights are always read from memory, maps only when they are large
  const auto add = [&](const DeviceMap& m) {
    cached += bytes_in(m);
    if (bytes_in(m) > double(kCached)) memory += bytes_in(m);
  };
  for (int i = 0; i < maps.inputs; i++) add(maps.in[i]);
  add(maps.out);
  return std::max(cached / kCacheBytes, memory / kMemoryBytes) / processors;
}

} // namespace

double tile_microseconds(const Conv2d& op, const DeviceMaps& maps, Precision precision, const GpuInfo& gpu, const DeviceTile& tile, int split) {
  const DeviceGemm g = device_gemm(op, precision);
  const Shape own = conv_output_shape(op, maps.out.shape);
  const double pixels = double(own.n) * own.h * own.w, step = tile.step_bytes / bytes_of(element_of(precision));
  const double blocks = ceil_div(pixels, tile.pixels) * ceil_div(op.out_c, tile.channels) * split;
  const double share = ceil_div(blocks, gpu.processors), steps = ceil_div(ceil_div(g.k, step), split);
  const double work = tile.pixels * tile.channels * step / (rate_of(precision, gpu.arch) * tile.efficiency);
  const double sums = steps * std::max(share * work, ceil_div(share, 2) * kStepClocks);
  const double parts = double(sizeof(float)) * split * pixels * g.columns, rate = parts > double(kCached) ? kMemoryBytes : kCacheBytes;
  const double finish = split == 1 ? 0 : kLaunchClocks + 2 * parts / (rate * gpu.processors); // the partial sums are written and read
  return (kLaunchClocks + std::max(sums, memory_clocks(maps, g, gpu.processors)) + finish) / kClocksPerMicrosecond;
}

int best_split(const Conv2d& op, const DeviceMaps& maps, Precision precision, const GpuInfo& gpu, const DeviceTile& tile) {
  constexpr int kLeastSteps = 4; // per part: fewer do not fill the pipeline
  const DeviceGemm g = device_gemm(op, precision);
  const int steps = (g.k * bytes_of(element_of(precision)) + tile.step_bytes - 1) / tile.step_bytes;
  int best = 1;
  double least = tile_microseconds(op, maps, precision, gpu, tile, 1);
  for (int split = 2; split <= kMostSplits && split * kLeastSteps <= steps; split++) {
    const double cost = tile_microseconds(op, maps, precision, gpu, tile, split);
    if (cost < least) least = cost, best = split;
  }
  return best;
}

} // namespace pose
