// Pixel operations shared by this folder: rounding to bytes, painting with coverage, storing a pixel of a network input.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/image.h"
#include "tensor/shape.h"

#include <array>
#include <bit>

namespace pose {

// Saturates to 0..255 and rounds half to even; NaN becomes 0.  Adding 2^23 leaves the rounded integer in the low bits of the float.  Compilers
// vectorize this, unlike lrintf.
inline std::uint8_t to_byte(float v) {
  v = 0.f < v ? v : 0.f;
  v = v < 255.f ? v : 255.f;
  return std::uint8_t(std::bit_cast<std::uint32_t>(v + 8388608.f));
}

// Blends a color (B, G, R) into pixel (y, x) of the image: coverage 1 replaces the pixel, 0 keeps it.
inline void paint(BgrImage& image, int y, int x, const std::array<std::uint8_t, 3>& color, float coverage) {
  std::uint8_t* p = image.row(y) + std::ptrdiff_t(x) * 3;
  for (std::size_t c = 0; c < 3; ++c) p[c] = to_byte(float(p[c]) + (float(color[c]) - float(p[c])) * coverage);
}

// Writes one pixel of image n.  In a blocked map, the lanes after the three channels become zero.
inline void store_rgb(const View<float>& input, int n, int y, int x, float r, float g, float b) {
  float* p = input.pixel_ptr(n, 0, y, x);
  p[0] = r;
  p[1] = g;
  p[2] = b;
  for (std::int64_t lane = 3; lane < input.pixel; ++lane) p[lane] = 0;
}

} // namespace pose
