// Implements the host side of detections_device.h: kernel arguments and decoding of results.
// SPDX-License-Identifier: MIT
#include "postprocess/detections_device.h"

#include "tensor/error.h"

#include <algorithm>

namespace pose {

namespace {

const ListHead* yolo_outputs(const std::byte* result) {
  return reinterpret_cast<const ListHead*>(result);
}

// Returns the start of list `image`, whose entries have `bytes` bytes.
const std::byte* entries_of(const std::byte* result, int image, int images, int capacity, std::size_t bytes) {
  return result + std::size_t(images) * sizeof(ListHead) + std::size_t(image) * std::size_t(capacity) * bytes;
}

void check_list(const ListHead& head, int image, int capacity) {
  if (head.found > capacity) fail("detections of image {}: expected at most {} candidates, found {}", image, capacity, head.found);
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

std::int64_t people_bytes(int images, int capacity) {
  return images * std::int64_t(sizeof(ListHead) + std::size_t(capacity) * sizeof(Detection));
}

std::vector<Detection> selected_people(const std::byte* result, int images, int capacity) {
  std::vector<Detection> people;
  for (int i = 0; i < images; i++) {
    const ListHead& head = yolo_outputs(result)[i];
    check_list(head, i, capacity);
    const auto* list = reinterpret_cast<const Detection*>(entries_of(result, i, images, capacity, sizeof(Detection)));
    people.insert(people.end(), list, list + head.kept);
  }
  return people;
}

std::int64_t likely_rows_bytes(int images, int capacity, int attributes) {
  return images * std::int64_t(sizeof(ListHead) + std::size_t(capacity) * std::size_t(attributes) * sizeof(float));
}

YoloOutput likely_rows(const std::byte* result, int image, int images, int capacity, int attributes) {
  const ListHead& head = yolo_outputs(result)[image];
  check_list(head, image, capacity);
  const std::byte* list = entries_of(result, image, images, capacity, std::size_t(attributes) * sizeof(float));
  return {reinterpret_cast<const float*>(list), head.kept, attributes};
}

int most_found(const std::byte* result, int images) {
  int most = 0;
  for (int i = 0; i < images; i++) most = std::max(most, yolo_outputs(result)[i].found);
  return most;
}

} // namespace pose
