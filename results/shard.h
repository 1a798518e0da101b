// Shard: one of N parts of the inputs, for N machines.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/error.h"

#include <charconv>
#include <cstdint>
#include <string>

namespace pose {

// Has every count-th input, from number `index` on.  The parts depend on the order of the inputs only: every machine must list the same inputs.
struct Shard {
  std::int64_t index = 0, count = 1;

  bool has(std::int64_t input) const { return input % count == index; }
};

// Reads "I/N" with 0 <= I < N <= 1000000.  Throws InputError for any other text.
inline Shard parse_shard(const std::string& text) {
  constexpr std::int64_t kMost = 1000000;
  Shard shard{-1, 0};
  const char* const end = text.data() + text.size();
  const auto [slash, first] = std::from_chars(text.data(), end, shard.index);
  const bool split = first == std::errc() && slash != end && *slash == '/';
  const auto [rest, second] = std::from_chars(split ? slash + 1 : end, end, shard.count);
  if (text.find_first_not_of("0123456789/") != std::string::npos || !split || second != std::errc() || rest != end || shard.index < 0 ||
      shard.index >= shard.count || shard.count > kMost)
    fail<InputError>("shard: expected I/N with 0 <= I < N <= {}, as 0/4, found {}", kMost, text);
  return shard;
}

} // namespace pose
