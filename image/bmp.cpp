// Implements the BMP part of formats.h: the header, palettes, run lengths, and pixels of 16, 24 and 32 bits.  No library of Debian reads BMP alone.
// Widths of fields are Microsoft's (BITMAPCOREHEADER, BITMAPINFOHEADER); values of 16-bit pixels are OpenCV's.
// SPDX-License-Identifier: MIT
#include "image/formats.h"
#include "tensor/error.h"

#include <algorithm>
#include <array>
#include <bit>

namespace pose {
namespace {

constexpr std::size_t kFileHeader = 14, kCoreHeader = 12, kInfoHeader = 40, kMasks = 12;
enum Compression : std::uint32_t { kNone = 0, kRuns8 = 1, kRuns4 = 2, kBitFields = 3, kAlphaBitFields = 6 };

using Color3 = std::array<std::uint8_t, 3>; // B, G, R

// The bits of a color in a pixel of 16 or 32 bits.  A byte takes the highest eight; where there are fewer, its low bits are 0, as in OpenCV.
class Mask {
public:
  explicit Mask(std::uint32_t bits = 0) : bits_(bits), shift_(int(std::bit_width(bits)) - 8) {}
  std::uint8_t byte_of(std::uint32_t pixel) const {
    pixel &= bits_;
    return std::uint8_t(shift_ < 0 ? pixel << -shift_ : pixel >> shift_);
  }

private:
  std::uint32_t bits_;
  int shift_; // to the right
};

class Bmp {
public:
  Bmp(std::span<const std::uint8_t> bytes, const std::string& source) : bytes_(bytes), source_(source) {}

  BgrImage decode(const DecodeLimits& limits) {
    read_header();
    check_dimensions(source_, height_, width_, limits);
    if (bits_ <= 8) read_palette();
    const bool runs = compression_ == kRuns8 || compression_ == kRuns4;
    if (!runs) check_rows();
    const int h = int(height_), w = int(width_);
    BgrImage image(h, w);
    runs ? read_runs(image) : read_rows(image);
    return image;
  }

private:
  [[noreturn]] void refuse(const char* what) const { fail("{}: broken or unknown BMP of {} bytes: {}", source_, bytes_.size(), what); }

  std::uint32_t number(std::size_t at, std::size_t size) const {
    if (at > bytes_.size() || bytes_.size() - at < size) refuse("the file ends early");
    std::uint32_t value = 0;
    for (std::size_t i = size; i-- > 0;) value = value << 8 | bytes_[at + i];
    return value;
  }

  void read_header() {
    data_ = number(10, 4);
    header_ = number(kFileHeader, 4);
    const bool core = header_ == kCoreHeader;
    if (!core && header_ < kInfoHeader) refuse("a header of unknown size");
    const std::size_t at = kFileHeader + 4;
    width_ = core ? std::int64_t(number(at, 2)) : std::int32_t(number(at, 4));
    height_ = core ? std::int64_t(number(at + 2, 2)) : std::int32_t(number(at + 4, 4));
    bits_ = number(core ? at + 6 : at + 10, 2);
    compression_ = core ? std::uint32_t(kNone) : number(at + 12, 4);
    colors_ = core ? 0 : number(at + 28, 4);
    top_down_ = height_ < 0;
    height_ = top_down_ ? -height_ : height_;
    check_kind();
  }

  void check_kind() {
    const bool plain = compression_ == kNone, masks = compression_ == kBitFields || compression_ == kAlphaBitFields;
    const bool known = (plain && (bits_ == 1 || bits_ == 4 || bits_ == 8 || bits_ == 16 || bits_ == 24 || bits_ == 32)) ||
                       (masks && (bits_ == 16 || bits_ == 32)) || (compression_ == kRuns8 && bits_ == 8) || (compression_ == kRuns4 && bits_ == 4);
    if (!known) refuse("expected 1, 4, 8, 16, 24 or 32 bits, plain or in runs");
    static constexpr std::array<std::uint32_t, 3> k555{0x1f, 0x3e0, 0x7c00}, k888{0xff, 0xff00, 0xff0000};
    for (std::size_t c = 0; c < 3; c++)
      masks_[c] = Mask(masks ? number(kFileHeader + kInfoHeader + 4 * (2 - c), 4) : bits_ == 16 ? k555[c] : k888[c]);
  }

  // Colors that the file lacks are black.
  void read_palette() {
    const std::size_t entry = header_ == kCoreHeader ? 3 : 4, count = colors_ == 0 ? std::size_t(1) << bits_ : colors_;
    if (count > palette_.size()) refuse("expected at most 256 colors");
    for (std::size_t i = 0; i < count; i++) {
      for (std::size_t c = 0; c < 3; c++) palette_[i][c] = std::uint8_t(number(kFileHeader + header_ + i * entry + c, 1));
    }
  }

  std::uint8_t* row_of(BgrImage& image, std::int64_t y) const { return image.row(int(top_down_ ? y : height_ - 1 - y)); }

  std::size_t row_bytes() const { return (std::size_t(width_) * bits_ + 31) / 32 * 4; }

  // The bytes that fill up the last row may be missing.
  void check_rows() const {
    const std::size_t needed = row_bytes() * std::size_t(height_ - 1) + (std::size_t(width_) * bits_ + 7) / 8;
    if (data_ > bytes_.size() || bytes_.size() - data_ < needed) refuse("the file ends early");
  }

  void read_rows(BgrImage& image) const {
    for (std::int64_t y = 0; y < height_; y++) {
      const std::uint8_t* const from = bytes_.data() + data_ + std::size_t(y) * row_bytes();
      std::uint8_t* to = row_of(image, y);
      for (std::size_t x = 0; x < std::size_t(width_); x++, to += 3) {
        const Color3 color = bits_ <= 8    ? palette_[index_at(from, x)]
                             : bits_ == 24 ? Color3{from[3 * x], from[3 * x + 1], from[3 * x + 2]}
                                           : color_at(from, x);
        std::copy_n(color.data(), 3, to);
      }
    }
  }

  std::size_t index_at(const std::uint8_t* row, std::size_t x) const {
    const std::size_t bit = x * bits_;
    return std::size_t(row[bit / 8]) >> (8 - bits_ - bit % 8) & ((1u << bits_) - 1);
  }

  Color3 color_at(const std::uint8_t* row, std::size_t x) const {
    std::uint32_t pixel = 0;
    for (std::size_t i = bits_ / 8; i-- > 0;) pixel = pixel << 8 | row[x * (bits_ / 8) + i];
    return {masks_[0].byte_of(pixel), masks_[1].byte_of(pixel), masks_[2].byte_of(pixel)};
  }

  // Pixels that no run covers have the first color, as in OpenCV.  Runs that leave the image are an error.
  void read_runs(BgrImage& image) const {
    for (std::int64_t y = 0; y < height_; y++) {
      for (std::int64_t x = 0; x < width_; x++) std::copy_n(palette_[0].data(), 3, row_of(image, y) + x * 3);
    }
    std::int64_t x = 0, y = 0;
    const auto put = [&](std::uint32_t index) {
      if (x >= width_ || y >= height_) refuse("a run leaves the image");
      std::copy_n(palette_[index].data(), 3, row_of(image, y) + x++ * 3);
    };
    const auto part = [&](std::uint32_t byte, std::uint32_t i) { return bits_ == 8 ? byte : i % 2 == 0 ? byte >> 4 : byte & 15; };
    for (std::size_t at = data_;;) {
      const std::uint32_t count = number(at, 1), value = number(at + 1, 1);
      at += 2;
      if (count > 0) {
        for (std::uint32_t i = 0; i < count; i++) put(part(value, i));
      } else if (value == 0) { // the end of a row
        x = 0;
        y++;
      } else if (value == 1) { // the end of the image
        return;
      } else if (value == 2) { // a step to the right and up
        x += number(at, 1);
        y += number(at + 1, 1);
        at += 2;
      } else {
        for (std::uint32_t i = 0; i < value; i++) put(part(number(at + i * bits_ / 8, 1), i));
        at += (value * bits_ + 15) / 16 * 2;
      }
    }
  }

  std::span<const std::uint8_t> bytes_;
  const std::string& source_;
  std::size_t data_ = 0, header_ = 0;
  std::int64_t width_ = 0, height_ = 0;
  std::uint32_t bits_ = 0, compression_ = kNone, colors_ = 0;
  bool top_down_ = false;
  std::array<Mask, 3> masks_; // B, G, R
  std::array<Color3, 256> palette_{};
};

} // namespace

StoredImage decode_bmp(std::span<const std::uint8_t> bytes, const std::string& source, const DecodeLimits& limits) {
  return {Bmp(bytes, source).decode(limits), 0};
}

} // namespace pose
