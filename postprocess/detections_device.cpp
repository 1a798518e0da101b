// The host's part of detections on the device: what goes to the kernels and what comes back.
// SPDX-License-Identifier: MIT
#include "postprocess/detections_device.h"

#include "tensor/error.h"

#include <algorithm>

namespace pose {

namespace {

const ListHead* yolo_outputs(const std::byte* result) {
  return reinterpret_cast<const ListHead*>(result);
}

// Of list `picture`, entries of `bytes` each.
const std::byte* entries_of(const std::byte* result, int picture, int pictures, int capacity, std::size_t bytes) {
  return result + std::size_t(pictures) * sizeof(ListHead) + std::size_t(picture) * std::size_t(capacity) * bytes;
}

void check_list(const ListHead& head, int picture, int capacity) {
  if (head.found > capacity) fail("detections of picture {}: expected at most {} candidates, found {}", picture, capacity, head.found);
}

} // namespace

DeviceHeads device_heads(std::span<const DeviceMap> outputs) {
  if (outputs.size() > DeviceHeads::kMost) fail("detector: expected at most {} heads, found {}", DeviceHeads::kMost, outputs.size());
  DeviceHeads h;
  for (const DeviceMap& m : outputs) {
    if (m.element != Element::f32 || m.shape.h != 1 || m.pitch != m.shape.c || m.shape.c <= YoloOutput::kFirstClass) {
      fail("detector: head {}: expected rows of floats with a class, found {} x {} x {} of pitch {}", h.heads, m.shape.h, m.shape.w, m.shape.c,
           m.pitch);
    }
    h.rows[h.heads] = m.as<const float>();
    h.count[h.heads] = m.shape.w;
    h.attributes[h.heads] = m.shape.c;
    h.heads++;
    h.total += m.shape.w;
  }
  return h;
}

std::int64_t people_bytes(int pictures, int capacity) {
  return pictures * std::int64_t(sizeof(ListHead) + std::size_t(capacity) * sizeof(Detection));
}

std::vector<Detection> selected_people(const std::byte* result, int pictures, int capacity) {
  std::vector<Detection> people;
  for (int i = 0; i < pictures; i++) {
    const ListHead& head = yolo_outputs(result)[i];
    check_list(head, i, capacity);
    const auto* list = reinterpret_cast<const Detection*>(entries_of(result, i, pictures, capacity, sizeof(Detection)));
    people.insert(people.end(), list, list + head.kept);
  }
  return people;
}

std::int64_t likely_rows_bytes(int pictures, int capacity, int attributes) {
  return pictures * std::int64_t(sizeof(ListHead) + std::size_t(capacity) * std::size_t(attributes) * sizeof(float));
}

YoloOutput likely_rows(const std::byte* result, int picture, int pictures, int capacity, int attributes) {
  const ListHead& head = yolo_outputs(result)[picture];
  check_list(head, picture, capacity);
  const std::byte* list = entries_of(result, picture, pictures, capacity, std::size_t(attributes) * sizeof(float));
  return {reinterpret_cast<const float*>(list), head.kept, attributes};
}

int most_found(const std::byte* result, int pictures) {
  int most = 0;
  for (int i = 0; i < pictures; i++) most = std::max(most, yolo_outputs(result)[i].found);
  return most;
}

} // namespace pose
