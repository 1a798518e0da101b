// Images: a view of the caller's pixels, and an image that owns its pixels.
// SPDX-License-Identifier: MIT
//
//   alphapose::ImageView frame{data, height, width};                                        // dense B, G, R rows of a camera
//   alphapose::ImageView crop{data, height, width, stride, alphapose::PixelFormat::rgba};  // rows `stride` bytes apart
//   alphapose::Image photo = alphapose::read_image("photo.jpg");                           // converts to a view where one is expected
#pragma once

#include <alphapose/error.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace alphapose {

// Channels of a pixel in memory order, 8 bits each.
enum class PixelFormat { bgr, rgb, gray, bgra, rgba };

// Borrows pixels: the caller keeps them alive and unchanged during a call.  Functions that take a view throw InputError unless data is not null,
// height and width are at least 1, height * width is at most 2^28, and stride is 0 or at least the bytes of a row.  Alpha is ignored.
struct ImageView {
  const std::uint8_t* data = nullptr;
  std::int64_t height = 0, width = 0; // pixels
  std::int64_t stride = 0;            // bytes from one row to the next; 0: the bytes of a row
  PixelFormat format = PixelFormat::bgr;
};

// Owns dense B, G, R pixels: height * width * 3 bytes.
struct Image {
  std::int64_t height = 0, width = 0;
  std::vector<std::uint8_t> pixels;

  operator ImageView() const { return {pixels.data(), height, width}; } // valid while the image lives and keeps its pixels
};

// Reads an image file (JPEG, PNG, BMP; WebP, TIFF, HEIF, AVIF as the library was built) and turns it as its EXIF orientation says.  Throws DataError
// for a file that is missing, broken or larger than 2^28 pixels. Thread safety: all functions here may be called from any thread.
ALPHAPOSE_API Image read_image(const std::string& path);

// Writes .jpg, .jpeg (quality 95) or .png, by the extension.  The file appears when it is complete.  Throws Error when it cannot be written.
ALPHAPOSE_API void write_image(const std::string& path, const ImageView& image);

} // namespace alphapose
