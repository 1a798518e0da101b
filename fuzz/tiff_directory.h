// Edits the first directory of a TIFF file, which EXIF blocks have, too.
// SPDX-License-Identifier: MIT
#pragma once

#include "fuzz/little_endian.h"
#include "fuzz/target.h"

#include <algorithm>
#include <span>

namespace pose::fuzz {

// Changes a field of an entry: its tag to one of `tags`, or its type, count or value.
inline void edit_directory(Bytes& bytes, Random& random, std::span<const std::uint16_t> tags) {
  constexpr std::size_t kEntryBytes = 12, kFields[] = {0, 2, 4, 8};
  const bool big = !bytes.empty() && bytes[0] == 'M';
  const std::size_t directory = big ? __builtin_bswap32(get<std::uint32_t>(bytes, 4)) : get<std::uint32_t>(bytes, 4);
  const std::size_t entries =
      std::max<std::size_t>(6, big ? __builtin_bswap16(get<std::uint16_t>(bytes, directory)) : get<std::uint16_t>(bytes, directory));
  const std::size_t field = kFields[random.below(4)], at = directory + 2 + random.below(std::min<std::size_t>(entries, 32)) * kEntryBytes + field;
  if (at + 4 > bytes.size()) bytes.resize(std::min<std::size_t>(at + 4, bytes.size() + 64));
  const std::uint64_t number = field == 0 ? tags[random.below(tags.size())] : edge_number(random, bytes.size());
  if (field < 4)
    put(bytes, at, big ? __builtin_bswap16(std::uint16_t(number)) : std::uint16_t(number));
  else
    put(bytes, at, big ? __builtin_bswap32(std::uint32_t(number)) : std::uint32_t(number));
}

} // namespace pose::fuzz
