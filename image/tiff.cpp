// Implements the TIFF part of formats.h with libtiff: the first page.
// SPDX-License-Identifier: MIT
#include "image/formats.h"
#include "tensor/error.h"

#include <tiffio.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>

namespace pose {
namespace {

// The file in memory, and the first error, as libtiff calls them.
struct TiffSource {
  std::span<const std::uint8_t> bytes;
  std::uint64_t at = 0;
  char error[200] = "";

  static TiffSource& of(void* data) { return *static_cast<TiffSource*>(data); }

  static tmsize_t read(thandle_t data, void* to, tmsize_t count) {
    TiffSource& source = of(data);
    const std::uint64_t left = source.at < source.bytes.size() ? source.bytes.size() - source.at : 0;
    const std::size_t bytes = std::min(std::size_t(count), std::size_t(left));
    if (bytes > 0) std::memcpy(to, source.bytes.data() + source.at, bytes);
    source.at += bytes;
    return tmsize_t(bytes);
  }

  static toff_t seek(thandle_t data, toff_t offset, int whence) {
    TiffSource& source = of(data);
    source.at = offset + (whence == SEEK_CUR ? source.at : whence == SEEK_END ? source.bytes.size() : 0);
    return source.at;
  }

  static toff_t size(thandle_t data) { return of(data).bytes.size(); }
  static tmsize_t write(thandle_t, void*, tmsize_t) { return 0; }
  static int close(thandle_t) { return 0; }

  static int keep_error(TIFF*, void* data, const char*, const char* format, va_list values) {
    TiffSource& source = of(data);
    if (source.error[0] == 0) std::vsnprintf(source.error, sizeof source.error, format, values);
    return 1; // not to the handler that prints it
  }
  static int ignore_warning(TIFF*, void*, const char*, const char*, va_list) { return 1; }
};

using Tiff = std::unique_ptr<TIFF, void (*)(TIFF*)>;

constexpr std::int64_t kPixelBytes = 8;        // four samples of 16 bits
constexpr std::int64_t kSmallPixels = 1 << 20; // a strip or tile may be larger than the image; so large it may always be

// most_pixels: bounds each allocation of the library
Tiff open_tiff(TiffSource& source, std::int64_t most_pixels) {
  const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(TIFFOpenOptionsAlloc(), TIFFOpenOptionsFree);
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), std::max(most_pixels, kSmallPixels) * kPixelBytes);
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), TiffSource::keep_error, &source);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), TiffSource::ignore_warning, nullptr);
  // m: read the file by the functions, do not map it
  return {TIFFClientOpenExt("", "rm", &source, TiffSource::read, TiffSource::write, TiffSource::seek, TiffSource::close, TiffSource::size, nullptr,
                            nullptr, options.get()),
          TIFFClose};
}

std::uint32_t tag_of(const Tiff& tiff, ttag_t tag) {
  std::uint32_t value = 0;
  TIFFGetField(tiff.get(), tag, &value);
  return value;
}

// Refuses the compressions whose libraries end the process for a hostile file (JBIG), or allocate what the file says (LZMA, LERC).
void check_compression(const Tiff& tiff, const std::string& source) {
  static constexpr std::uint16_t kKnown[] = {COMPRESSION_NONE,          COMPRESSION_CCITTRLE, COMPRESSION_CCITTFAX3,
                                             COMPRESSION_CCITTFAX4,     COMPRESSION_LZW,      COMPRESSION_JPEG,
                                             COMPRESSION_ADOBE_DEFLATE, COMPRESSION_DEFLATE,  COMPRESSION_PACKBITS};
  std::uint16_t compression = COMPRESSION_NONE;
  TIFFGetFieldDefaulted(tiff.get(), TIFFTAG_COMPRESSION, &compression);
  if (std::find(std::begin(kKnown), std::end(kKnown), compression) == std::end(kKnown))
    fail("{}: expected a TIFF that is compressed by LZW, deflate, PackBits, JPEG, fax codes or not at all, found compression {}", source,
         compression);
}

} // namespace

StoredImage decode_tiff(std::span<const std::uint8_t> bytes, const std::string& source, const DecodeLimits& limits) {
  TiffSource memory{bytes};
  const auto check = [&](bool ok, const char* what) {
    if (!ok) fail("{}: broken or unknown TIFF of {} bytes: {}", source, bytes.size(), memory.error[0] != 0 ? memory.error : what);
  };
  const Tiff tiff = open_tiff(memory, limits.max_pixels);
  check(tiff != nullptr, "no image");
  const std::uint32_t h = tag_of(tiff, TIFFTAG_IMAGELENGTH), w = tag_of(tiff, TIFFTAG_IMAGEWIDTH);
  check_dimensions(source, h, w, limits);
  check_compression(tiff, source);
  if ((tag_of(tiff, TIFFTAG_SUBFILETYPE) & FILETYPE_REDUCEDIMAGE) != 0)
    fail("{}: expected an image as the first page of a TIFF, found a reduced copy, as raw files of cameras have it", source);

  // Strips and tiles are decoded as a whole, into memory of their size.
  const bool tiled = TIFFIsTiled(tiff.get()) != 0;
  const std::uint32_t part = tag_of(tiff, tiled ? TIFFTAG_TILELENGTH : TIFFTAG_ROWSPERSTRIP), band = part == 0 ? h : std::min(part, h);
  const std::uint64_t part_bytes = tiled ? TIFFTileSize64(tiff.get()) : TIFFStripSize64(tiff.get());
  check(part_bytes <= std::uint64_t(std::max(std::int64_t(h) * w, kSmallPixels) * kPixelBytes), "a strip or tile is larger than the image");

  TIFFRGBAImage converter;
  char reason[1024] = "";
  check(TIFFRGBAImageBegin(&converter, tiff.get(), 1, reason) == 1, reason);
  const std::unique_ptr<TIFFRGBAImage, void (*)(TIFFRGBAImage*)> ends(&converter, TIFFRGBAImageEnd);
  StoredImage stored{BgrImage(int(h), int(w)), converter.orientation};
  converter.orientation = converter.req_orientation = ORIENTATION_TOPLEFT; // as stored
  std::vector<std::uint32_t> pixels(std::size_t(w) * band);
  for (std::uint32_t y = 0; y < h; y += band) {
    const std::uint32_t rows = std::min(band, h - y);
    converter.row_offset = int(y);
    check(TIFFRGBAImageGet(&converter, pixels.data(), w, rows) == 1, "no pixels");
    std::uint8_t* to = stored.image.row(int(y));
    for (const std::uint32_t pixel : std::span(pixels).first(std::size_t(w) * rows)) {
      *to++ = std::uint8_t(TIFFGetB(pixel));
      *to++ = std::uint8_t(TIFFGetG(pixel));
      *to++ = std::uint8_t(TIFFGetR(pixel));
    }
  }
  return stored;
}

} // namespace pose
