// Implements heatmap_device.h: a block finds the peaks of eight keypoints of one person, whose channels are adjacent in memory.
// SPDX-License-Identifier: MIT
#include "device/elements.h"
#include "postprocess/heatmap_device.h"
#include "postprocess/sort_key.h"

#include <cassert>

namespace pose {
namespace {

constexpr int kThreads = 256, kWarps = kThreads / 32;

struct Best {
  SortKey key[kWarps][kDeviceLanes]; // the largest key of each warp
};

template <class T> struct Maps {
  const T* data; // heatmaps of one person
  int h, w, pitch;

  __device__ float at(int y, int x, int joint) const { return simt::to_float(data[(std::int64_t(y) * w + x) * pitch + joint]); }
};

__device__ __forceinline__ float quarter(float higher_side, float lower_side) {
  const float difference = higher_side - lower_side;
  return 0.25f * float((difference > 0) - (difference < 0));
}

// Does the steps of find_peak that follow its argmax.
template <class T> __device__ Peak refined(const Maps<T>& maps, int pixel, int joint, PeakRule rule) {
  const int x = pixel % maps.w, y = pixel / maps.w;
  const float value = maps.at(y, x, joint);
  Peak peak{{0, 0}, value};
  if (value > 0) {
    peak.at = {float(x), float(y)};
    if (rule.border < x && x < maps.w - 1 && rule.border < y && y < maps.h - 1) {
      peak.at.x += quarter(maps.at(y, x + 1, joint), maps.at(y, x - 1, joint));
      peak.at.y += quarter(maps.at(y + 1, x, joint), maps.at(y - 1, x, joint));
    }
  }
  peak.at.x += rule.offset;
  peak.at.y += rule.offset;
  return peak;
}

// Block (group, person) handles keypoints 8 group ... 8 group + 7.
template <class T> __global__ void find_peaks_kernel(const T* data, int h, int w, int pitch, int joints, PeakRule rule, Peak* peaks) {
  Best& best = simt::shared<Best>();
  const int first = int(blockIdx.x) * kDeviceLanes, person = int(blockIdx.y), pixels = h * w;
  const Maps<T> maps{data + std::int64_t(person) * pixels * pitch, h, w, pitch};
  SortKey key[kDeviceLanes] = {};
  for (int pixel = int(threadIdx.x); pixel < pixels; pixel += kThreads) {
    float v[kDeviceLanes];
    simt::load8(maps.data + std::int64_t(pixel) * pitch + first, v);
    SIMT_UNROLL
    for (int k = 0; k < kDeviceLanes; k++) {
      const SortKey other = sort_key(v[k], pixel);
      key[k] = other > key[k] ? other : key[k];
    }
  }
  SIMT_UNROLL
  for (int k = 0; k < kDeviceLanes; k++) {
    for (int step = 16; step > 0; step /= 2) {
      const SortKey other = __shfl_xor_sync(~0u, key[k], step);
      key[k] = other > key[k] ? other : key[k];
    }
    if (threadIdx.x % 32 == 0) best.key[threadIdx.x / 32][k] = key[k];
  }
  __syncthreads();
  const int joint = first + int(threadIdx.x);
  if (threadIdx.x >= kDeviceLanes || joint >= joints) return;
  SortKey most = 0;
  for (int i = 0; i < kWarps; i++) {
    const SortKey other = best.key[i][threadIdx.x];
    most = other > most ? other : most;
  }
  peaks[person * joints + joint] = refined(maps, index_of(most), joint, rule);
}

struct Flip {
  std::uint8_t mirrored[kMostJoints]; // JointSet::mirrored
  int joints;
  bool shift;
};

template <class T> __global__ void average_flipped_kernel(T* maps, int people, int h, int w, int pitch, Flip flip) {
  const int joints = flip.joints;
  const std::int64_t pixels = std::int64_t(people) * h * w, count = pixels * joints;
  for (std::int64_t i = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x; i < count; i += std::int64_t(gridDim.x) * blockDim.x) {
    const std::int64_t pixel = i / joints;
    const int joint = int(i % joints), x = int(pixel % w);
    const int from = w - 1 - (flip.shift && x > 0 ? x - 1 : x);
    T& value = maps[pixel * pitch + joint];
    const T other = maps[(pixels + pixel - x + from) * pitch + flip.mirrored[joint]];
    simt::from_float(value, (simt::to_float(value) + simt::to_float(other)) / 2);
  }
}

} // namespace

void enqueue_find_peaks(const DeviceMap& heatmaps, int people, int joints, PeakRule rule, Peak* peaks, StreamHandle stream) {
  const Shape& s = heatmaps.shape;
  assert(s.c >= joints && people <= s.n);
  if (people == 0) return;
  simt::with_element(heatmaps.element, [&]<class T>(T) {
    const dim3 grid(unsigned(device_lanes(joints) / kDeviceLanes), unsigned(people));
    simt::launch("find_peaks", find_peaks_kernel<T>, grid, kThreads, sizeof(Best), stream, heatmaps.as<const T>(), s.h, s.w, heatmaps.pitch, joints,
                 rule, peaks);
  });
}

void enqueue_average_flipped(const DeviceMap& heatmaps, int people, const JointSet& set, bool shift, StreamHandle stream) {
  const Shape& s = heatmaps.shape;
  assert(s.c >= int(set.size()) && set.size() <= kMostJoints && 2 * people <= s.n);
  if (people == 0) return;
  Flip flip{{}, int(set.size()), shift};
  for (std::size_t k = 0; k < set.size(); k++) flip.mirrored[k] = std::uint8_t(set.mirrored[k]);
  simt::with_element(heatmaps.element, [&]<class T>(T) {
    const std::int64_t count = std::int64_t(people) * s.h * s.w * flip.joints;
    simt::launch("average_flipped", average_flipped_kernel<T>, simt::blocks_for(count, kThreads), kThreads, 0, stream, heatmaps.as<T>(), people, s.h,
                 s.w, heatmaps.pitch, flip);
  });
}

} // namespace pose
