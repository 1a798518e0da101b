// Makes images for tests of device functions, and compares network inputs.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/device_image.h"
#include "image/image.h"
#include "tests/device/on_device.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <random>
#include <string>

namespace pose::device_test {

// Noise in 0 ... most.
inline BgrImage noise(int h, int w, unsigned seed, unsigned most = 255) {
  BgrImage image(h, w);
  std::mt19937 random(seed);
  for (std::uint8_t& v : image.bytes) v = std::uint8_t(random() % (most + 1));
  return image;
}

class PictureOnDevice {
public:
  explicit PictureOnDevice(const BgrImage& image) : bytes_(image.bytes), picture_{bytes_.data(), image.h, image.w} {}
  const DeviceImage& picture() const { return picture_; }

private:
  OnDevice<std::uint8_t> bytes_;
  DeviceImage picture_;
};

// Compares image n of both: the three channels bit for bit, once rounded to the map's element, and zeros in the lanes after them.  Returns "" or the
// first fault.
inline std::string input_fault(View<const float> want, const MapOnDevice& found, int n) {
  for (int y = 0; y < want.shape.h; y++) {
    for (int x = 0; x < want.shape.w; x++) {
      for (int c = 0; c < kDeviceLanes; c++) {
        const float w = c < 3 ? stored(want.at(n, y, x, c), found.map().element) : 0.0f, f = found.at(n, y, x, c);
        if (std::bit_cast<std::uint32_t>(w) == std::bit_cast<std::uint32_t>(f)) continue;
        return fmt::format("image {}, pixel {},{}, lane {}: expected {}, found {}", n, y, x, c, w, f);
      }
    }
  }
  return "";
}

// Returns whether image n is unwritten.
inline bool untouched(const MapOnDevice& map, int n) {
  const Shape& s = map.map().shape;
  for (int y = 0; y < s.h; y++) {
    for (int x = 0; x < s.w; x++) {
      for (int c = 0; c < map.map().pitch; c++) {
        if (!std::isnan(map.at(n, y, x, c))) return false;
      }
    }
  }
  return true;
}

} // namespace pose::device_test
