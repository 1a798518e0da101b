// EXIF orientation of a JPEG or PNG (TIFF tag 0x0112).
// SPDX-License-Identifier: MIT
#pragma once

#include "image/image.h"

#include <span>

namespace pose {

// Returns 1..8 from the TIFF block that follows "Exif\0\0", or 1 when it is missing or malformed.
int exif_orientation(std::span<const std::uint8_t> tiff);
// Returns the image in upright orientation.  orientation: 1..8 as in the TIFF specification.
BgrImage upright(BgrImage image, int orientation);

} // namespace pose
