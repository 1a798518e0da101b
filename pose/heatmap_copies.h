// HeatmapCopies: the heatmaps of a batch of people, copied from the device to the host.
// SPDX-License-Identifier: MIT
#pragma once

#include "device/device.h"
#include "device/device_map.h"
#include "tensor/tensor.h"

#include <cstddef>

namespace pose {

class HeatmapCopies {
public:
  // Makes room for the heatmaps of `people`.  map: those of one person.  Growing discards earlier copies, so the device must have finished with them.
  void reserve(Gpu& gpu, const DeviceMap& map, std::int64_t people);
  // Enqueues the copy of the first n images of `maps`, which are those of the people from `first` on.
  void enqueue(const DeviceMap& maps, int n, std::int64_t first, Stream& stream);
  // Returns the heatmaps of one person as floats.  Call after the copy.
  Tensor of(std::size_t person) const;

private:
  DeviceMap map_; // of one person; no data
  std::int64_t bytes_ = 0;
  PinnedBuffer host_;
};

} // namespace pose
