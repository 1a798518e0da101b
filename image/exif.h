// EXIF orientation of a JPEG or PNG (TIFF tag 0x0112).
// SPDX-License-Identifier: MIT
#pragma once

#include "image/image.h"

#include <span>

namespace pose {

// 1..8 from the TIFF block that follows "Exif\0\0"; 1 for anything that is missing or malformed.
int exif_orientation(std::span<const std::uint8_t> tiff);
// The picture as it should be looked at; orientation 1..8 as in the TIFF specification.
BgrImage upright(BgrImage image, int orientation);

} // namespace pose
