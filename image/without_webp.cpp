// Implements the WebP part of formats.h for a build without the library.
// SPDX-License-Identifier: MIT
#include "image/formats.h"
#include "tensor/error.h"

namespace pose {

StoredImage decode_webp(std::span<const std::uint8_t>, const std::string& source, const DecodeLimits&) {
  fail("{}: this build cannot read WebP; install libwebp-dev and build again", source);
}

} // namespace pose
