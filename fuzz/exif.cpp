// The EXIF orientation.
// SPDX-License-Identifier: MIT
#include "image/exif.h"
#include "fuzz/little_endian.h"
#include "fuzz/target.h"

namespace pose::fuzz {
namespace {

std::string read(View bytes) {
  return std::to_string(exif_orientation(bytes));
}

// Changes a field of an entry of the first directory: tag, type, count or value.
void edit(Bytes& bytes, Random& random) {
  constexpr std::size_t kEntryBytes = 12, kFields[] = {0, 2, 4, 8};
  static constexpr std::uint16_t kTags[] = {0x0112, 0x0100, 0x8769, 0x0112};
  const bool big = !bytes.empty() && bytes[0] == 'M';
  const std::size_t directory = big ? __builtin_bswap32(get<std::uint32_t>(bytes, 4)) : get<std::uint32_t>(bytes, 4);
  const std::size_t field = kFields[random.below(4)], at = directory + 2 + random.below(6) * kEntryBytes + field;
  if (at + 4 > bytes.size()) bytes.resize(std::min<std::size_t>(at + 4, bytes.size() + 64));
  const std::uint64_t number = field == 0 ? kTags[random.below(4)] : edge_number(random, bytes.size());
  if (field < 4)
    put(bytes, at, big ? __builtin_bswap16(std::uint16_t(number)) : std::uint16_t(number));
  else
    put(bytes, at, big ? __builtin_bswap32(std::uint32_t(number)) : std::uint32_t(number));
}

const Registration registration({"exif", {256, 0}, read, edit});

} // namespace
} // namespace pose::fuzz
