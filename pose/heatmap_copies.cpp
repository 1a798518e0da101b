// Implements heatmap_copies.h.
// SPDX-License-Identifier: MIT
#include "pose/heatmap_copies.h"

#include "device/device_element.h"
#include "nets/device_values.h"

#include <bit>

namespace pose {

void HeatmapCopies::reserve(Gpu& gpu, const DeviceMap& map, std::int64_t people) {
  map_ = map;
  map_.data = nullptr;
  bytes_ = map.pixels() * map.pitch * bytes_of(map.element);
  if (people * bytes_ > host_.bytes()) host_ = PinnedBuffer(gpu, std::int64_t(std::bit_ceil(std::uint64_t(people * bytes_))), "heatmaps");
}

void HeatmapCopies::enqueue(const DeviceMap& maps, int n, std::int64_t first, Stream& stream) {
  DeviceMap copied = maps;
  copied.shape.n = n;
  stream.copy_out(host_.data() + first * bytes_, copied.data, bytes_of(copied));
}

Tensor HeatmapCopies::of(std::size_t person) const {
  const std::byte* const from = host_.data() + std::int64_t(person) * bytes_;
  Tensor tensor(map_.shape, Layout::rows);
  float* to = tensor.view().data;
  for (std::int64_t pixel = 0; pixel < map_.pixels(); pixel++) {
    for (int c = 0; c < map_.shape.c; c++) *to++ = read_element(map_.element, from + (pixel * map_.pitch + c) * bytes_of(map_.element));
  }
  return tensor;
}

} // namespace pose
