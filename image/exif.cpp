// Implements exif.h: parses TIFF to find tag 0x0112, and applies the eight orientations.
// SPDX-License-Identifier: MIT
#include "image/exif.h"

#include <cstring>
#include <utility>

namespace pose {
namespace {

constexpr std::uint32_t kOrientationTag = 0x0112;
constexpr std::size_t kEntryBytes = 12;

// Reads numbers of a TIFF block in its byte order.  Bytes past the end read as 0.
class TiffReader {
public:
  TiffReader(std::span<const std::uint8_t> bytes, bool big_endian) : bytes_(bytes), big_endian_(big_endian) {}

  std::uint32_t u16(std::size_t at) const { return number(at, 2); }
  std::uint32_t u32(std::size_t at) const { return number(at, 4); }
  std::size_t size() const { return bytes_.size(); }

private:
  std::uint32_t number(std::size_t at, std::size_t size) const {
    if (at > bytes_.size() || bytes_.size() - at < size) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value = value << 8 | bytes_[at + (big_endian_ ? i : size - 1 - i)];
    return value;
  }

  std::span<const std::uint8_t> bytes_;
  bool big_endian_;
};

} // namespace

int exif_orientation(std::span<const std::uint8_t> tiff) {
  if (tiff.size() < 8 || tiff[0] != tiff[1] || (tiff[0] != 'I' && tiff[0] != 'M')) return 0;
  const TiffReader reader(tiff, tiff[0] == 'M');
  const std::size_t directory = reader.u32(4);
  if (reader.u16(2) != 42 || directory > reader.size()) return 0;

  const std::size_t entries = reader.u16(directory);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + i * kEntryBytes;
    if (entry >= reader.size()) break; // a count may claim more entries than there are
    if (reader.u16(entry) != kOrientationTag) continue;
    const std::uint32_t value = reader.u16(entry + 8);
    return value >= 1 && value <= 8 ? int(value) : 1;
  }
  return 0;
}

int exif_orientation_of_segment(std::span<const std::uint8_t> segment) {
  static constexpr char kExif[6] = {'E', 'x', 'i', 'f', 0, 0};
  if (segment.size() < sizeof kExif || std::memcmp(segment.data(), kExif, sizeof kExif) != 0) return 0;
  return exif_orientation(segment.subspan(sizeof kExif));
}

BgrImage upright(BgrImage image, int orientation) {
  if (orientation < 2 || orientation > 8) return image;
  // An orientation defines the source corner of the first row and column, and whether rows and columns are exchanged (TIFF 6.0, section 8).
  const bool exchange = orientation >= 5;
  const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;

  BgrImage out = exchange ? BgrImage(image.w, image.h) : BgrImage(image.h, image.w);
  for (int y = 0; y < out.h; ++y) {
    std::uint8_t* to = out.row(y);
    for (int x = 0; x < out.w; ++x, to += 3) {
      const int across = exchange ? y : x, down = exchange ? x : y;
      const int from_x = from_right ? image.w - 1 - across : across, from_y = from_bottom ? image.h - 1 - down : down;
      std::memcpy(to, image.row(from_y) + std::ptrdiff_t(from_x) * 3, 3);
    }
  }
  return out;
}

} // namespace pose
