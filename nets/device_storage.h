// DeviceStorage: which device memory every value of a graph gets.  The sister of Storage (storage.h).
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/buffer_aliasing.h"
#include "ops/device_kernel.h"

#include <vector>

namespace pose {

inline constexpr std::int64_t kDeviceAlignment = 256; // bytes, of every value, scratch and packed weights

std::int64_t device_align_up(std::int64_t bytes);

// By node id.
struct DeviceStorage {
  BufferAliasing nesting;
  std::vector<DeviceMap> maps;               // shape (n = batch), pitch, element; data is null
  std::vector<std::int64_t> offset, scratch; // bytes into the arena
  std::int64_t arena_bytes = 0;
};

// Elements, pitches and, with `nested`, which values lie inside others.  Values are f16 with Precision::fp16, else f32.  YoloOutput are always f32,
// and so is what a graph puts out or a yolo head reads, unless it lies inside another value or something else reads it as well.
DeviceStorage choose_maps(const Graph& graph, Precision precision, int batch, bool nested = true);

// Offsets for values and scratch; scratch_bytes by node id.
void lay_out_device(const Graph& graph, bool keep_all, const std::vector<std::int64_t>& scratch_bytes, DeviceStorage& storage);

} // namespace pose
