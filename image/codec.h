// Decodes images as cv2.imread does, and encodes JPEG and PNG as cv2.imwrite does (docs/spec.md, section 1).
// SPDX-License-Identifier: MIT
#pragma once

#include "image/image.h"

#include <span>
#include <string>

namespace pose {

struct DecodeLimits {
  std::int64_t max_pixels = 1ll << 28; // larger images are errors, before any allocation
  bool apply_exif = true;              // rotate and flip the image by its EXIF orientation
};

// Decodes to 8-bit BGR.  Gray is expanded, alpha dropped, 16-bit reduced, palettes and CMYK converted.  JPEG uses libjpeg-turbo with the accurate
// integer DCT and fancy upsampling.  WebP, TIFF, HEIF and AVIF need libraries that a build may lack.  Of several images in a file the first is
// decoded.  The first bytes select the format, not the name.  Throws Error("{source}: ...") for missing, empty, truncated, oversized or unknown data.
// A truncated file is an error, not a partial image.
BgrImage decode_image(std::span<const std::uint8_t> bytes, const std::string& source, const DecodeLimits& limits = {});
BgrImage read_image(const std::string& path, const DecodeLimits& limits = {});

// Writes an image; the extension selects the format: .jpg .jpeg (quality 95, 4:2:0 as OpenCV) or .png.  Writes next to PATH and renames it at the
// end.  Throws Error (unknown extension, full disk, missing directory).
void write_image(const std::string& path, const BgrImage& image);

// Returns whether a name ends as those of images do, in lower or upper case.
bool is_image_name(const std::string& name);
// Returns these endings, as text for messages.
std::string image_endings();

// Returns the name of a drawn image: the image's own where its ending names a format that write_image() writes, else NAME.jpg.
std::string drawn_name(const std::string& name);

} // namespace pose
