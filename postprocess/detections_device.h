// Detections on the device: YOLO output rows stay there, only the selected ones are copied to the host.
// SPDX-License-Identifier: MIT
#pragma once

#include "device/device.h"
#include "device/device_map.h"
#include "postprocess/detections.h"

#include <span>

namespace pose {

// The YOLO heads of a detector in device memory, in row order.  A row's index counts through all heads.
struct DeviceHeads {
  static constexpr int kMost = 8;

  const float* rows[kMost] = {}; // of image 0; those of image n start n * count * attributes floats later
  int count[kMost] = {}, attributes[kMost] = {};
  int heads = 0, total = 0; // total: rows of one image
};

// Describes the outputs of YOLO heads, n x 1 x boxes x attributes.  Throws Error for too many heads, or for maps other than rows of floats.
DeviceHeads device_heads(std::span<const DeviceMap> outputs);

// The result is one block of memory: `images` of ListHead, then as many lists of `capacity` entries.
struct ListHead {
  int found = 0; // candidates; above capacity the list is invalid, and a larger one is needed
  int kept = 0;  // entries in the list
};

std::int64_t list_scratch_bytes(int images, int capacity); // for both functions, 256-byte aligned

// Enqueues select_people for the rows of `images` images; entries are Detections.  Candidates are rows of options.person above conf without NaN, and
// a list must hold all of them.  scratch and result are device memory.  Throws an Error that names the kernel when one cannot be enqueued.
void enqueue_select_people(const DeviceHeads& heads, int images, const SelectOptions& options, int capacity, std::byte* scratch, std::byte* result,
                           StreamHandle stream);
std::int64_t people_bytes(int images, int capacity); // size of the result
// Returns what select_people returns, from the result on the host.  Throws Error when an image has more candidates than capacity.
std::vector<Detection> selected_people(const std::byte* result, int images, int capacity);

// Enqueues a copy of the rows with objectness > thresh, in row order, for darknet_detections; entries are rows.  All heads must have the same
// attributes.
void enqueue_likely_rows(const DeviceHeads& heads, int images, float thresh, int capacity, std::byte* scratch, std::byte* result,
                         StreamHandle stream);
std::int64_t likely_rows_bytes(int images, int capacity, int attributes); // size of the result
// Returns the rows of one image, from the result on the host.  Throws Error when it has more than capacity.
YoloOutput likely_rows(const std::byte* result, int image, int images, int capacity, int attributes);

// Returns the largest ListHead::found.
int most_found(const std::byte* result, int images);

} // namespace pose
