// Numbers in the bytes of an input.
// SPDX-License-Identifier: MIT
#pragma once

#include "fuzz/target.h"

#include <cstring>

namespace pose::fuzz {

// Reads a little-endian number.  Bytes past the end are 0.
template <class T> T get(View bytes, std::size_t at) {
  T value{};
  if (at <= bytes.size() && bytes.size() - at >= sizeof value) std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

// Writes a little-endian number, if it fits.
template <class T> void put(Bytes& bytes, std::size_t at, T value) {
  if (at <= bytes.size() && bytes.size() - at >= sizeof value) std::memcpy(bytes.data() + at, &value, sizeof value);
}

// Returns a number at which readers err: small, near a power of two, or near the size of the input.
inline std::uint64_t edge_number(Random& random, std::size_t size) {
  switch (random.below(4)) {
    case 0: return random.below(16);
    case 1: return (std::uint64_t(1) << random.below(64)) - random.below(3) + 1;
    case 2: return size - random.below(9) + 4;
    default: return random.below(size + 1);
  }
}

} // namespace pose::fuzz
