// Implements codec.h: format detection, EXIF orientation, file reading and writing.
// SPDX-License-Identifier: MIT
#include "image/codec.h"

#include "image/exif.h"
#include "image/formats.h"
#include "tensor/error.h"
#include "tensor/file.h"
#include "tensor/text_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

using namespace std::string_view_literals;

namespace pose {
namespace {

constexpr std::size_t kMagicBytes = 12; // by which every format is recognized

struct Format {
  bool (*begins)(std::string_view bytes);
  StoredImage (*decode)(std::span<const std::uint8_t> bytes, const std::string& source, const DecodeLimits& limits);
  std::vector<std::uint8_t> (*encode)(const BgrImage& image, const std::string& path); // null: is not written
  std::vector<std::string_view> endings;
};

bool begins_as_webp(std::string_view bytes) {
  return bytes.starts_with("RIFF") && bytes.size() == kMagicBytes && bytes.ends_with("WEBP");
}

// The last two are BigTIFF.
bool begins_as_tiff(std::string_view bytes) {
  const std::string_view magic = bytes.substr(0, 4);
  return magic == "II*\0"sv || magic == "MM\0*"sv || magic == "II+\0"sv || magic == "MM\0+"sv;
}

// HEIF and AVIF are files of boxes, as clips are.  The first box names the brand.
bool begins_as_heif(std::string_view bytes) {
  if (bytes.size() < kMagicBytes || bytes.substr(4, 4) != "ftyp") return false;
  const auto brands = {"heic"sv, "heix"sv, "heim"sv, "heis"sv, "mif1"sv, "mif2"sv, "avif"sv, "avis"sv};
  return std::find(brands.begin(), brands.end(), bytes.substr(8, 4)) != brands.end();
}

std::vector<std::uint8_t> encode_best_jpeg(const BgrImage& image, const std::string& path) {
  return encode_jpeg(image, path);
}

const std::vector<Format>& formats() {
  static const std::vector<Format> known{
      {[](std::string_view b) { return b.starts_with("\xff\xd8\xff"); }, decode_jpeg, encode_best_jpeg, {".jpg", ".jpeg", ".jpe", ".jfif"}},
      {[](std::string_view b) { return b.starts_with("\x89PNG\r\n\x1a\n"); }, decode_png, encode_png, {".png"}},
      {[](std::string_view b) { return b.starts_with("BM"); }, decode_bmp, nullptr, {".bmp", ".dib"}},
      {begins_as_webp, decode_webp, nullptr, {".webp"}},
      {begins_as_tiff, decode_tiff, nullptr, {".tif", ".tiff"}},
      {begins_as_heif, decode_heif, nullptr, {".heic", ".heif", ".hif", ".avif"}},
  };
  return known;
}

// Returns null for a file of no known format.
const Format* format_of(std::span<const std::uint8_t> bytes) {
  const std::string_view begin(reinterpret_cast<const char*>(bytes.data()), std::min(bytes.size(), kMagicBytes));
  const auto known = std::find_if(formats().begin(), formats().end(), [&](const Format& f) { return f.begins(begin); });
  return known == formats().end() ? nullptr : &*known;
}

// Returns null for a name without a known ending.
const Format* format_of(const std::string& name) {
  const std::size_t dot = name.find_last_of("./");
  const std::string ending = dot == std::string::npos ? "" : lower_case(name.substr(dot));
  for (const Format& format : formats()) {
    if (std::find(format.endings.begin(), format.endings.end(), ending) != format.endings.end()) return &format;
  }
  return nullptr;
}

bool is_written(const Format* format) {
  return format != nullptr && format->encode != nullptr;
}

} // namespace

void check_dimensions(const std::string& source, std::int64_t h, std::int64_t w, const DecodeLimits& limits) {
  if (h < 1 || w < 1) fail("{}: expected an image of at least 1 x 1 pixels, found {} x {}", source, w, h);
  if (h > kMaxSide || w > kMaxSide) fail("{}: expected sides of at most {} pixels, found {} x {}", source, kMaxSide, w, h);
  if (h > limits.max_pixels / w) fail("{}: expected at most {} pixels (the limit can be raised), found {} x {}", source, limits.max_pixels, w, h);
}

BgrImage decode_image(std::span<const std::uint8_t> bytes, const std::string& source, const DecodeLimits& limits) {
  const Format* const format = format_of(bytes);
  if (format == nullptr) {
    const char* const found = bytes.empty() ? "an empty file" : "other data";
    fail("{}: expected a JPEG, PNG, BMP, WebP, TIFF, HEIF or AVIF image, found {}", source, found);
  }
  StoredImage stored = format->decode(bytes, source, limits);
  return limits.apply_exif ? upright(std::move(stored.image), stored.orientation) : std::move(stored.image);
}

BgrImage read_image(const std::string& path, const DecodeLimits& limits) {
  const std::vector<std::byte> bytes = read_file(path);
  return decode_image({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, path, limits);
}

void write_image(const std::string& path, const BgrImage& image) {
  const Format* const format = format_of(path);
  if (!is_written(format)) fail("{}: expected a name that ends in .jpg, .jpeg, .jpe, .jfif or .png", path);
  if (image.h < 1 || image.w < 1) fail("{}: expected an image to write, found {} x {} pixels", path, image.w, image.h);
  const std::vector<std::uint8_t> bytes = format->encode(image, path);
  write_file(path, std::as_bytes(std::span(bytes)));
}

bool is_image_name(const std::string& name) {
  return format_of(name) != nullptr;
}

std::string image_endings() {
  std::vector<std::string> endings;
  for (const Format& format : formats()) endings.insert(endings.end(), format.endings.begin(), format.endings.end());
  return fmt::format("{}", fmt::join(endings, " "));
}

std::string drawn_name(const std::string& name) {
  return is_written(format_of(name)) ? name : fitting_name(name, ".jpg");
}

} // namespace pose
