// XXH64, a fast 64-bit hash: of one byte range, and of large data on several threads.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/parallel.h"

#include <cstddef>
#include <span>

namespace pose {

// Returns Yann Collet's XXH64 (xxHash specification 0.1.1).  Use it to distinguish files and to detect damage.  It does not resist attacks.
std::uint64_t hash64(std::span<const std::byte> bytes, std::uint64_t seed = 0);

// Returns the hash of the hashes of all pieces.  Each piece is cut into chunks of 1 MiB that the threads share.  The result is the same for any
// number of threads.
std::uint64_t hash_pieces(std::span<const std::span<const std::byte>> pieces, Pool& pool);

} // namespace pose
