// Implements the HEIF and AVIF part of formats.h for a build without the library.
// SPDX-License-Identifier: MIT
#include "image/formats.h"
#include "tensor/error.h"

namespace pose {

StoredImage decode_heif(std::span<const std::uint8_t>, const std::string& source, const DecodeLimits&) {
  fail("{}: this build cannot read HEIF and AVIF; install libheif-dev and build again", source);
}

} // namespace pose
