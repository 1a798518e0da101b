// EXIF orientation of an image file (TIFF tag 0x0112), read as cv2.imread reads it.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/image.h"

#include <span>

namespace pose {

// Returns the orientation that a TIFF block has: 1..8, or 0 where it has none or is malformed.  The first entry of the tag counts.  Its value is the
// 16-bit number at the beginning of the value field, whatever the entry's type and count are, and anything outside 1..8 means 1.  So OpenCV reads it.
int exif_orientation(std::span<const std::uint8_t> tiff);
// Returns the orientation of an APP1 segment of a JPEG, or of such a block in another format: "Exif\0\0" and the TIFF block.  0: none.
int exif_orientation_of_segment(std::span<const std::uint8_t> segment);
// Returns the image in upright orientation.  orientation: 1..8 as in the TIFF specification; others leave the image as it is.
BgrImage upright(BgrImage image, int orientation);

} // namespace pose
