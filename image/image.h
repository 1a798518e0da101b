// Image: an 8-bit color image whose channel order is part of its type.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pose {

enum class Order { bgr, rgb };

// h rows of w pixels of 3 bytes, no padding.
template <Order order> struct Image {
  int h = 0, w = 0;
  std::vector<std::uint8_t> bytes;

  Image() = default;
  Image(int height, int width, std::uint8_t fill = 0) : h(height), w(width), bytes(std::size_t(height) * std::size_t(width) * 3, fill) {}
  std::uint8_t* row(int y) { return bytes.data() + std::size_t(y) * std::size_t(w) * 3; }
  const std::uint8_t* row(int y) const { return bytes.data() + std::size_t(y) * std::size_t(w) * 3; }
  bool operator==(const Image&) const = default;
};

using BgrImage = Image<Order::bgr>; // the type for decoding and drawing, as in OpenCV
using RgbImage = Image<Order::rgb>;

} // namespace pose
