// Implements the PNG part of formats.h with libpng.
// SPDX-License-Identifier: MIT
#include "image/c_errors.h"
#include "image/exif.h"
#include "image/formats.h"
#include "tensor/error.h"

#include <algorithm>
#include <cstring>

#include <png.h>
#include <zlib.h>

namespace pose {
namespace {

[[noreturn]] void refuse_error(png_structp png, png_const_charp text) {
  static_cast<CErrors*>(png_get_error_ptr(png))->jump_back(text);
}

void ignore_warning(png_structp, png_const_charp) {}

void read_bytes(png_structp png, png_bytep to, std::size_t count) {
  auto* rest = static_cast<std::span<const std::uint8_t>*>(png_get_io_ptr(png));
  if (count > rest->size()) png_error(png, "the file ends early");
  std::memcpy(to, rest->data(), count);
  *rest = rest->subspan(count);
}

// Returns whether a chunk before the end marker says that it is longer than the file.  libpng allocates up to 2 GiB for such a chunk before it reads
// it.
bool has_cut_chunk(std::span<const std::uint8_t> bytes) {
  constexpr std::size_t kSignature = 8, kAround = 12; // length, type and checksum
  for (std::size_t at = kSignature; at + kAround <= bytes.size();) {
    const std::size_t length = png_get_uint_32(&bytes[at]), left = bytes.size() - at - kAround;
    if (std::memcmp(&bytes[at + 4], "IEND", 4) == 0) return false;
    if (length > left) return true;
    at += kAround + length;
  }
  return false;
}

void append_bytes(png_structp png, png_bytep from, std::size_t count) {
  auto* out = static_cast<std::vector<std::uint8_t>*>(png_get_io_ptr(png));
  bool ok = true;
  try {
    out->insert(out->end(), from, from + count);
  } catch (const std::bad_alloc&) {
    ok = false;
  }
  if (!ok) png_error(png, "out of memory");
}

void nothing_to_flush(png_structp) {}

struct PngDecoder {
  CErrors errors;
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::span<const std::uint8_t> rest;

  explicit PngDecoder(std::span<const std::uint8_t> bytes) : rest(bytes) {}
  ~PngDecoder() { png_destroy_read_struct(&png, &info, nullptr); }
  PngDecoder(const PngDecoder&) = delete;
  PngDecoder& operator=(const PngDecoder&) = delete;

  bool read_header() {
    return attempt(errors, [&] {
      if (has_cut_chunk(rest)) errors.jump_back("the file ends early");
      png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &errors, refuse_error, ignore_warning);
      info = png != nullptr ? png_create_info_struct(png) : nullptr;
      if (info == nullptr) errors.jump_back("out of memory");
      png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); // check_dimensions() applies the real limits later
      png_set_read_fn(png, &rest, read_bytes);
      png_read_info(png, info);
    });
  }

  // Configures conversion to 8-bit BGR, as in cv2.imread: 16 bits lose their lower byte; alpha is dropped, not blended.  Returns the row size.
  bool prepare(std::size_t& row_bytes) {
    return attempt(errors, [&] {
      png_set_strip_16(png);
      png_set_expand(png); // palettes, and gray of less than 8 bits
      png_set_strip_alpha(png);
      png_set_gray_to_rgb(png);
      png_set_bgr(png);
      png_set_interlace_handling(png);
      png_read_update_info(png, info);
      row_bytes = png_get_rowbytes(png, info);
    });
  }

  bool read_rows(png_bytepp rows) {
    return attempt(errors, [&] {
      png_read_image(png, rows);
      png_read_end(png, info); // an eXIf chunk may follow the image data
    });
  }

  int orientation() {
    png_uint_32 size = 0;
    png_bytep exif = nullptr;
    return png_get_eXIf_1(png, info, &size, &exif) != 0 ? exif_orientation({exif, size}) : 0;
  }
};

std::vector<png_bytep> row_pointers(BgrImage& image) {
  std::vector<png_bytep> rows(static_cast<std::size_t>(image.h));
  for (int y = 0; y < image.h; ++y) rows[std::size_t(y)] = image.row(y);
  return rows;
}

struct PngEncoder {
  CErrors errors;
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::vector<std::uint8_t> bytes;

  PngEncoder() = default;
  ~PngEncoder() { png_destroy_write_struct(&png, &info); }
  PngEncoder(const PngEncoder&) = delete;
  PngEncoder& operator=(const PngEncoder&) = delete;

  bool write(const BgrImage& image) {
    return attempt(errors, [&] {
      png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &errors, refuse_error, ignore_warning);
      info = png != nullptr ? png_create_info_struct(png) : nullptr;
      if (info == nullptr) errors.jump_back("out of memory");
      png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
      png_set_write_fn(png, &bytes, append_bytes, nothing_to_flush);
      // OpenCV's choice: fast rather than small.
      png_set_compression_level(png, Z_BEST_SPEED);
      png_set_compression_strategy(png, Z_RLE);
      png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
      png_set_IHDR(png, info, png_uint_32(image.w), png_uint_32(image.h), 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE,
                   PNG_FILTER_TYPE_BASE);
      png_write_info(png, info);
      png_set_bgr(png);
      for (int y = 0; y < image.h; ++y) png_write_row(png, image.row(y));
      png_write_end(png, info);
    });
  }
};

} // namespace

StoredImage decode_png(std::span<const std::uint8_t> bytes, const std::string& source, const DecodeLimits& limits) {
  PngDecoder decoder(bytes);
  const auto check = [&](bool ok) {
    if (!ok) fail("{}: broken or truncated PNG of {} bytes: {}", source, bytes.size(), decoder.errors.message);
  };
  check(decoder.read_header());
  const std::int64_t h = png_get_image_height(decoder.png, decoder.info), w = png_get_image_width(decoder.png, decoder.info);
  check_dimensions(source, h, w, limits);
  std::size_t row_bytes = 0;
  check(decoder.prepare(row_bytes));
  if (row_bytes != std::size_t(w) * 3) fail("{}: expected PNG rows of {} bytes, found {}", source, w * 3, row_bytes);

  StoredImage stored{BgrImage(int(h), int(w))};
  std::vector<png_bytep> rows = row_pointers(stored.image);
  check(decoder.read_rows(rows.data()));
  stored.orientation = decoder.orientation();
  return stored;
}

std::vector<std::uint8_t> encode_png(const BgrImage& image, const std::string& path) {
  PngEncoder encoder;
  if (!encoder.write(image)) fail("{}: an image of {} x {} pixels cannot be a PNG: {}", path, image.w, image.h, encoder.errors.message);
  return std::move(encoder.bytes);
}

} // namespace pose
