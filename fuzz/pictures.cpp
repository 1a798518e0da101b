// Image files.
// SPDX-License-Identifier: MIT
#include "fuzz/little_endian.h"
#include "fuzz/target.h"
#include "fuzz/tiff_directory.h"
#include "image/codec.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <iterator>

namespace pose::fuzz {
namespace {

constexpr DecodeLimits kLimits{1 << 14, true};
constexpr MemoryBound kMemory{4 << 20, 16};      // tables and rows of the decoders, and copies of what a file says of itself
constexpr MemoryBound kTiffMemory{40 << 20, 16}; // a strip may have 8 MiB, and one of each color is read at a time
constexpr MemoryBound kHeifMemory{64 << 20, 64}; // of a code stream, whose size libheif does not compare with that of the container

std::string read(View bytes) {
  const BgrImage image = decode_image(bytes, "input", kLimits);
  return fmt::format("{}x{} {:08x}", image.w, image.h, crc32_z(0, image.bytes.data(), image.bytes.size()));
}

std::uint32_t big_endian(const std::uint8_t* bytes) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes, sizeof value);
  return __builtin_bswap32(value);
}

// Corrects the checksums of all chunks of a PNG.
void repair_png(Bytes& bytes) {
  constexpr std::size_t kSignature = 8, kAround = 12; // length, type and checksum
  for (std::size_t at = kSignature; at + kAround <= bytes.size();) {
    const std::size_t length = big_endian(&bytes[at]);
    if (length > bytes.size() - at - kAround) return;
    const std::uint32_t sum = __builtin_bswap32(std::uint32_t(crc32_z(0, &bytes[at + 4], length + 4)));
    std::memcpy(&bytes[at + 8 + length], &sum, sizeof sum);
    at += kAround + length;
  }
}

// Changes a field of the headers of a BMP.
void edit_bmp(Bytes& bytes, Random& random) {
  constexpr std::size_t kFields[] = {10, 14, 18, 22, 26, 28, 30, 46, 54, 58, 62};
  put(bytes, kFields[random.below(std::size(kFields))], std::uint32_t(edge_number(random, bytes.size())));
}

// Corrects the size that the header of a WebP states.
void repair_webp(Bytes& bytes) {
  put(bytes, 4, std::uint32_t(bytes.size() - std::min<std::size_t>(bytes.size(), 8)));
}

// Changes a field of an entry of the first directory.
void edit_tiff(Bytes& bytes, Random& random) {
  static constexpr std::uint16_t kTags[] = {256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 284, 317, 320, 322, 323, 324, 325, 338, 339, 530};
  edit_directory(bytes, random, kTags);
}

const Registration jpeg({"jpeg", kMemory, read});
const Registration png({"png", kMemory, read, nullptr, repair_png});
const Registration bmp({"bmp", kMemory, read, edit_bmp});
const Registration webp({"webp", kMemory, read, nullptr, repair_webp});
const Registration tiff({"tiff", kTiffMemory, read, edit_tiff});
const Registration heif({"heif", kHeifMemory, read});

} // namespace
} // namespace pose::fuzz
