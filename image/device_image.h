// DeviceImage: an 8-bit color image in device memory.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace pose {

// h rows of w pixels of 3 bytes B, G, R without padding: the bytes of a BgrImage.
struct DeviceImage {
  const std::uint8_t* bgr = nullptr;
  int h = 0, w = 0;
};

} // namespace pose
