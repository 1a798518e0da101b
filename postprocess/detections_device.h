// Detections on the device: the rows of YOLO heads never leave it, only the few that count come down.
// SPDX-License-Identifier: MIT
#pragma once

#include "device/device.h"
#include "device/device_map.h"
#include "postprocess/detections.h"

#include <span>

namespace pose {

// The heads of a detector in device memory, in row order: a row's number counts through all of them.
struct DeviceHeads {
  static constexpr int kMost = 8;

  const float* rows[kMost] = {}; // of picture 0; those of picture n begin n * count * attributes floats later
  int count[kMost] = {}, attributes[kMost] = {};
  int heads = 0, total = 0; // total: rows of a picture
};

// The outputs of YOLO heads, n x 1 x boxes x attributes.  Throws Error for too many, or for maps that are no rows of floats.
DeviceHeads device_heads(std::span<const DeviceMap> outputs);

// What comes down is one piece of memory: `pictures` of ListHead, then as many lists of `capacity` entries.
struct ListHead {
  int found = 0; // candidates; more than capacity: the list is not valid, a larger one would be
  int kept = 0;  // entries of the list
};

std::int64_t list_scratch_bytes(int pictures, int capacity); // for either function, 256-byte aligned

// Entries are Detections: enqueues select_people for the rows of `pictures` pictures.  Candidates, of which a list must hold all: rows of class 0
// above conf without NaN.  scratch and result are device memory.  Throws Error that names the kernel when one cannot be enqueued.
void enqueue_select_people(const DeviceHeads& heads, int pictures, const SelectOptions& options, int capacity, std::byte* scratch, std::byte* result,
                           StreamHandle stream);
std::int64_t people_bytes(int pictures, int capacity); // of the result
// What select_people returns, from the result on the host.  Throws Error when a picture has more candidates than capacity.
std::vector<Detection> selected_people(const std::byte* result, int pictures, int capacity);

// Entries are rows: enqueues a copy of those with objectness > thresh, in row order, for darknet_detections.  All heads have the same attributes.
void enqueue_likely_rows(const DeviceHeads& heads, int pictures, float thresh, int capacity, std::byte* scratch, std::byte* result,
                         StreamHandle stream);
std::int64_t likely_rows_bytes(int pictures, int capacity, int attributes); // of the result
// The rows of one of the pictures, in the result on the host.  Throws Error when it has more than capacity.
YoloOutput likely_rows(const std::byte* result, int picture, int pictures, int capacity, int attributes);

// The largest ListHead::found.
int most_found(const std::byte* result, int pictures);

} // namespace pose
