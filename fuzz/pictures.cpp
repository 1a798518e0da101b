// JPEG and PNG files.
// SPDX-License-Identifier: MIT
#include "fuzz/target.h"
#include "image/codec.h"

#include <fmt/format.h>
#include <zlib.h>

#include <cstring>

namespace pose::fuzz {
namespace {

constexpr DecodeLimits kLimits{1 << 14, true};
constexpr MemoryBound kMemory{4 << 20, 16}; // tables and rows of the decoders, and copies of what a file says of itself

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

const Registration jpeg({"jpeg", kMemory, read});
const Registration png({"png", kMemory, read, nullptr, repair_png});

} // namespace
} // namespace pose::fuzz
