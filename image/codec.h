// JPEG and PNG files <-> pictures, as cv2.imread and cv2.imwrite would (docs/spec.md, section 1).
// SPDX-License-Identifier: MIT
#pragma once

#include "image/image.h"

#include <span>
#include <string>

namespace pose {

struct DecodeLimits {
  std::int64_t max_pixels = 1ll << 28; // refused before anything is allocated
  bool apply_exif = true;              // turn the picture as its EXIF orientation says
};

// 8-bit BGR: grey expanded, alpha dropped, 16-bit reduced, palettes and CMYK resolved, libjpeg-turbo with the accurate integer DCT and
// fancy upsampling.  The type is told from the first bytes, not from the name.
// Throws Error("{source}: ...") for missing, empty, truncated, oversized or unknown data; a truncated JPEG is an error, not half a picture.
BgrImage decode_image(std::span<const std::uint8_t> bytes, const std::string& source, const DecodeLimits& limits = {});
BgrImage read_image(const std::string& path, const DecodeLimits& limits = {});

// By the extension: .jpg .jpeg (quality 95, 4:2:0 as OpenCV) or .png; PATH.part renamed at the end.  Throws Error (unknown extension,
// full disk, missing directory).
void write_image(const std::string& path, const BgrImage& image);

// Does the name end in an extension that read_image can read (.jpg .jpeg .png, any case)?
bool is_image_name(const std::string& name);

} // namespace pose
