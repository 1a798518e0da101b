// DeviceStorage: the device memory of every value of a graph.  The CPU counterpart is Storage (storage.h).
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/buffer_aliasing.h"
#include "ops/device_kernel.h"

#include <vector>

namespace pose {

inline constexpr std::int64_t kDeviceAlignment = 256; // bytes; for every value, scratch and packed weights

std::int64_t device_align_up(std::int64_t bytes);

// By node id.
struct DeviceStorage {
  BufferAliasing aliasing;
  std::vector<DeviceMap> maps;               // shape (n = batch), pitch, element; data is null
  std::vector<std::int64_t> offset, scratch; // offsets in bytes into the arena
  std::int64_t arena_bytes = 0;
};

// Chooses elements and pitches, and, with `aliased`, which values are part of others.  Values are f16 with Precision::fp16, else f32.  YOLO outputs
// are always f32.  So are graph outputs and inputs of YOLO heads, unless they are part of another value or another node also reads them.
DeviceStorage choose_maps(const Graph& graph, Precision precision, int batch, bool aliased = true);

// Assigns offsets to values and scratch.  scratch_bytes is by node id.
void lay_out_device(const Graph& graph, bool keep_all, const std::vector<std::int64_t>& scratch_bytes, DeviceStorage& storage);

} // namespace pose
