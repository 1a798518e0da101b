// Decoders and encoders of the two file formats that codec.h reads and writes.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/codec.h"
#include "image/image.h"

#include <span>
#include <string>
#include <vector>

namespace pose {

// An image as stored in the file, and its EXIF orientation.
struct StoredImage {
  BgrImage image;
  int orientation = 1;
};

StoredImage decode_jpeg(std::span<const std::uint8_t> bytes, const std::string& source, const DecodeLimits& limits);
StoredImage decode_png(std::span<const std::uint8_t> bytes, const std::string& source, const DecodeLimits& limits);

inline constexpr int kJpegQuality = 95; // default of OpenCV

// Throw an Error that names `path`, the file to be written.
std::vector<std::uint8_t> encode_jpeg(const BgrImage& image, const std::string& path, int quality = kJpegQuality);
std::vector<std::uint8_t> encode_png(const BgrImage& image, const std::string& path);

// Throws Error when w x h is empty or beyond the limit.  Call it before any allocation of that size.
void check_dimensions(const std::string& source, std::int64_t h, std::int64_t w, const DecodeLimits& limits);

} // namespace pose
