// BgrImage: an 8-bit color image.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace pose {

// h rows of w pixels of 3 bytes, blue, green, red as in OpenCV; no padding.
struct BgrImage {
  int h = 0, w = 0;
  std::vector<std::uint8_t> bytes;

  BgrImage() = default;
  BgrImage(int height, int width, std::uint8_t fill = 0) : h(height), w(width), bytes(std::size_t(height) * std::size_t(width) * 3, fill) {}
  BgrImage(const BgrImage&) = default;
  BgrImage& operator=(const BgrImage&) = default;
  // A moved-from image is empty: its sides must not claim bytes that are gone.
  BgrImage(BgrImage&& other) noexcept : h(std::exchange(other.h, 0)), w(std::exchange(other.w, 0)), bytes(std::exchange(other.bytes, {})) {}
  BgrImage& operator=(BgrImage&& other) noexcept {
    h = std::exchange(other.h, 0);
    w = std::exchange(other.w, 0);
    bytes = std::exchange(other.bytes, {});
    return *this;
  }
  std::uint8_t* row(int y) { return bytes.data() + std::size_t(y) * std::size_t(w) * 3; }
  const std::uint8_t* row(int y) const { return bytes.data() + std::size_t(y) * std::size_t(w) * 3; }
  bool operator==(const BgrImage&) const = default;
};

} // namespace pose
