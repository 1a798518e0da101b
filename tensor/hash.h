// XXH64, a fast 64-bit hash, of bytes in one piece and of large data by several threads.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/parallel.h"

#include <cstddef>
#include <span>

namespace pose {

// Yann Collet's XXH64 (xxHash specification 0.1.1).  Tells files apart and finds damage; it withstands no attacker.
std::uint64_t hash64(std::span<const std::byte> bytes, std::uint64_t seed = 0);

// The hash of the hashes of all pieces, each cut into chunks of 1 MiB that the threads share; the same for any number of threads.
std::uint64_t hash_pieces(std::span<const std::span<const std::byte>> pieces, Pool& pool);

} // namespace pose
