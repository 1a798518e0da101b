// Decoders and encoders of the file formats that codec.h reads and writes.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/codec.h"
#include "image/image.h"

#include <span>
#include <string>
#include <vector>

namespace pose {

// An image as stored in the file, and its EXIF orientation (image/exif.h).
struct StoredImage {
  BgrImage image;
  int orientation = 0;
};

StoredImage decode_jpeg(std::span<const std::uint8_t> bytes, const std::string& source, const DecodeLimits& limits);
StoredImage decode_png(std::span<const std::uint8_t> bytes, const std::string& source, const DecodeLimits& limits);
StoredImage decode_bmp(std::span<const std::uint8_t> bytes, const std::string& source, const DecodeLimits& limits);
// Throw an Error that names the missing package in a build without the library.
StoredImage decode_webp(std::span<const std::uint8_t> bytes, const std::string& source, const DecodeLimits& limits);
StoredImage decode_tiff(std::span<const std::uint8_t> bytes, const std::string& source, const DecodeLimits& limits);
StoredImage decode_heif(std::span<const std::uint8_t> bytes, const std::string& source, const DecodeLimits& limits); // also AVIF

inline constexpr int kJpegQuality = 95; // default of OpenCV

// Throw an Error that names `path`, the file to be written.
std::vector<std::uint8_t> encode_jpeg(const BgrImage& image, const std::string& path, int quality = kJpegQuality);
std::vector<std::uint8_t> encode_png(const BgrImage& image, const std::string& path);

inline constexpr std::int64_t kMaxSide = 1 << 20; // as OpenCV: a decoder needs several buffers of one row, whatever the number of rows

// Throws Error when w x h is empty or beyond the limits.  Call it before any allocation of that size.
void check_dimensions(const std::string& source, std::int64_t h, std::int64_t w, const DecodeLimits& limits);

} // namespace pose
