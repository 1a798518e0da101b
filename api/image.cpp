// Implements image.h of the public headers.
// SPDX-License-Identifier: MIT
#include <alphapose/image.h>

#include "api/convert.h"
#include "image/codec.h"

namespace alphapose {

Image read_image(const std::string& path) {
  return guarded([&] { return to_image(pose::with_errors_as<DataError>([&] { return pose::read_image(path); })); });
}

void write_image(const std::string& path, const ImageView& image) {
  guarded([&] { pose::write_image(path, to_bgr(image)); });
}

} // namespace alphapose
