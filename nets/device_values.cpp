// Implements device_values.h: layouts and elements of device maps on the host.
// SPDX-License-Identifier: MIT
#include "nets/device_values.h"

#include "device/device_element.h"

#include <algorithm>

namespace pose {

std::int64_t bytes_of(const DeviceMap& map) {
  const std::int64_t lanes = std::min(map.pitch, device_lanes(map.shape.c)); // rows have no padding lanes
  return map.pixels() == 0 ? 0 : ((map.pixels() - 1) * map.pitch + lanes) * bytes_of(map.element);
}

namespace {

// Calls f(index in the dense form, byte offset in the map) for every element.
template <class F> void for_each_element(const DeviceMap& map, bool rows, F f) {
  const Shape& s = map.shape;
  const std::int64_t plane = std::int64_t(s.h) * s.w, pixel_stride = rows ? s.c : 1, channel_stride = rows ? 1 : plane;
  for (std::int64_t p = 0; p < map.pixels(); p++) {
    const std::int64_t dense = p / plane * plane * s.c + p % plane * pixel_stride;
    for (int c = 0; c < s.c; c++) f(dense + c * channel_stride, (p * map.pitch + c) * bytes_of(map.element));
  }
}

} // namespace

std::vector<float> to_dense(const DeviceMap& map, bool rows, std::span<const std::byte> bytes) {
  std::vector<float> dense(std::size_t(map.shape.count()));
  for_each_element(map, rows, [&](std::int64_t i, std::int64_t at) { dense[std::size_t(i)] = read_element(map.element, bytes.data() + at); });
  return dense;
}

std::vector<std::byte> from_dense(const float* dense, bool rows, const DeviceMap& map) {
  std::vector<std::byte> bytes(std::size_t(bytes_of(map)), std::byte{0});
  for_each_element(map, rows, [&](std::int64_t i, std::int64_t at) { write_element(map.element, dense[i], bytes.data() + at); });
  return bytes;
}

} // namespace pose
