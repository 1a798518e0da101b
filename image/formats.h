// The two file formats behind codec.h.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/codec.h"
#include "image/image.h"

#include <span>
#include <string>
#include <vector>

namespace pose {

// A picture as it is stored; `orientation` says how to hold it.
struct StoredPicture {
  BgrImage image;
  int orientation = 1;
};

StoredPicture decode_jpeg(std::span<const std::uint8_t> bytes, const std::string& source, const DecodeLimits& limits);
StoredPicture decode_png(std::span<const std::uint8_t> bytes, const std::string& source, const DecodeLimits& limits);

// Throw Error naming `path`, the file that the bytes are for.
std::vector<std::uint8_t> encode_jpeg(const BgrImage& image, const std::string& path);
std::vector<std::uint8_t> encode_png(const BgrImage& image, const std::string& path);

// Throws Error when w x h is empty or beyond the limit; to be called before anything of that size is allocated.
void check_dimensions(const std::string& source, std::int64_t h, std::int64_t w, const DecodeLimits& limits);

} // namespace pose
