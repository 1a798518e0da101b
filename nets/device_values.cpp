// Layouts and elements of device maps on the host.
// SPDX-License-Identifier: MIT
#include "nets/device_values.h"

#include "ops/device_element.h"

#include <algorithm>

namespace pose {
std::int64_t bytes_of(const DeviceMap& map) {
  const std::int64_t lanes = std::min(map.pitch, device_lanes(map.shape.c)); // rows have no padding lanes
  return map.pixels() == 0 ? 0 : ((map.pixels() - 1) * map.pitch + lanes) * bytes_of(map.element);
}

std::vector<float> to_dense(const DeviceMap& map, bool rows, std::span<const std::byte> bytes) {
  const Shape& s = map.shape;
  const std::int64_t plane = std::int64_t(s.h) * s.w, pixel_stride = rows ? s.c : 1, channel_stride = rows ? 1 : plane;
  std::vector<float> dense(std::size_t(s.count()));
  for (std::int64_t p = 0; p < map.pixels(); p++) {
    const std::byte* from = bytes.data() + p * map.pitch * bytes_of(map.element);
    float* to = dense.data() + p / plane * plane * s.c + p % plane * pixel_stride;
    for (int c = 0; c < s.c; c++) to[c * channel_stride] = read_element(map.element, from + c * bytes_of(map.element));
  }
  return dense;
}

std::vector<std::byte> from_dense(const float* nchw, const DeviceMap& map) {
  const Shape& s = map.shape;
  const std::int64_t plane = std::int64_t(s.h) * s.w;
  std::vector<std::byte> bytes(std::size_t(bytes_of(map)), std::byte{0});
  for (std::int64_t p = 0; p < map.pixels(); p++) {
    std::byte* to = bytes.data() + p * map.pitch * bytes_of(map.element);
    const float* from = nchw + p / plane * plane * s.c + p % plane;
    for (int c = 0; c < s.c; c++) write_element(map.element, from[c * plane], to + c * bytes_of(map.element));
  }
  return bytes;
}

} // namespace pose
