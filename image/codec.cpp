// Implements codec.h: format detection, EXIF orientation, file reading and writing.
// SPDX-License-Identifier: MIT
#include "image/codec.h"

#include "image/exif.h"
#include "image/formats.h"
#include "tensor/error.h"
#include "tensor/file.h"
#include "tensor/text_file.h"

#include <algorithm>
#include <array>

namespace pose {
namespace {

constexpr std::int64_t kMaxSide = 1 << 20; // as OpenCV: a decoder needs several buffers of one row, whatever the number of rows

enum class Format { jpeg, png, unknown };

bool starts_with(std::span<const std::uint8_t> bytes, std::span<const std::uint8_t> magic) {
  return bytes.size() >= magic.size() && std::equal(magic.begin(), magic.end(), bytes.begin());
}

Format format_of(std::span<const std::uint8_t> bytes) {
  static constexpr std::array<std::uint8_t, 3> jpeg{0xff, 0xd8, 0xff};
  static constexpr std::array<std::uint8_t, 8> png{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  if (starts_with(bytes, jpeg)) return Format::jpeg;
  return starts_with(bytes, png) ? Format::png : Format::unknown;
}

struct Ending {
  const char* text;
  Format format;
};
constexpr Ending kEndings[] = {
    {".jpg", Format::jpeg}, {".jpeg", Format::jpeg}, {".jpe", Format::jpeg}, {".jfif", Format::jpeg}, {".png", Format::png}};

Format format_of(const std::string& name) {
  const std::size_t dot = name.find_last_of("./");
  const std::string ending = dot == std::string::npos ? "" : lower_case(name.substr(dot));
  const auto* const known = std::find_if(std::begin(kEndings), std::end(kEndings), [&](const Ending& e) { return e.text == ending; });
  return known == std::end(kEndings) ? Format::unknown : known->format;
}

bool is_written(Format format) {
  return format == Format::jpeg || format == Format::png;
}

} // namespace

void check_dimensions(const std::string& source, std::int64_t h, std::int64_t w, const DecodeLimits& limits) {
  if (h < 1 || w < 1) fail("{}: expected an image of at least 1 x 1 pixels, found {} x {}", source, w, h);
  if (h > kMaxSide || w > kMaxSide) fail("{}: expected sides of at most {} pixels, found {} x {}", source, kMaxSide, w, h);
  if (h > limits.max_pixels / w) fail("{}: expected at most {} pixels (the limit can be raised), found {} x {}", source, limits.max_pixels, w, h);
}

BgrImage decode_image(std::span<const std::uint8_t> bytes, const std::string& source, const DecodeLimits& limits) {
  if (bytes.empty()) fail("{}: expected a JPEG or PNG image, found an empty file", source);
  const Format format = format_of(bytes);
  if (format == Format::unknown) fail("{}: expected a JPEG or PNG image, found other data", source);
  StoredImage stored = format == Format::jpeg ? decode_jpeg(bytes, source, limits) : decode_png(bytes, source, limits);
  return limits.apply_exif ? upright(std::move(stored.image), stored.orientation) : std::move(stored.image);
}

BgrImage read_image(const std::string& path, const DecodeLimits& limits) {
  const std::vector<std::byte> bytes = read_file(path);
  return decode_image({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, path, limits);
}

void write_image(const std::string& path, const BgrImage& image) {
  const Format format = format_of(path);
  if (!is_written(format)) fail("{}: expected a name that ends in .jpg, .jpeg, .jpe, .jfif or .png", path);
  if (image.h < 1 || image.w < 1) fail("{}: expected an image to write, found {} x {} pixels", path, image.w, image.h);
  const std::vector<std::uint8_t> bytes = format == Format::jpeg ? encode_jpeg(image, path) : encode_png(image, path);
  write_file(path, std::as_bytes(std::span(bytes)));
}

bool is_image_file(std::span<const std::uint8_t> first_bytes) {
  return format_of(first_bytes) != Format::unknown;
}

bool is_image_name(const std::string& name) {
  return format_of(name) != Format::unknown;
}

std::string image_endings() {
  std::string text;
  for (const Ending& ending : kEndings) text.append(text.empty() ? "" : " ").append(ending.text);
  return text;
}

std::string drawn_name(const std::string& name) {
  return is_written(format_of(name)) ? name : fitting_name(name, ".jpg");
}

} // namespace pose
