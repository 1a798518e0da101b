// Implements hash.h: XXH64 as specified, with four lanes of 8 bytes, then the remaining bytes, then the avalanche.
// SPDX-License-Identifier: MIT
#include "tensor/hash.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <vector>

namespace pose {
namespace {

static_assert(std::endian::native == std::endian::little, "the hash is defined on little-endian words");

constexpr std::uint64_t kP1 = 0x9E3779B185EBCA87, kP2 = 0xC2B2AE3D27D4EB4F, kP3 = 0x165667B19E3779F9, kP4 = 0x85EBCA77C2B2AE63,
                        kP5 = 0x27D4EB2F165667C5; // primes from the specification
constexpr std::size_t kStripe = 32;               // bytes of all four lanes
constexpr std::size_t kChunk = std::size_t(1) << 20;

template <class Word> std::uint64_t word_at(const std::byte* p) {
  Word word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

std::uint64_t round_of(std::uint64_t lane, std::uint64_t word) {
  return std::rotl(lane + word * kP2, 31) * kP1;
}

// Returns the merged state of the lanes after all whole stripes.
std::uint64_t stripes(const std::byte* p, std::size_t count, std::uint64_t seed) {
  std::array<std::uint64_t, 4> lane{seed + kP1 + kP2, seed + kP2, seed, seed - kP1};
  for (std::size_t i = 0; i < count; i++, p += kStripe) {
    for (std::size_t k = 0; k < 4; k++) lane[k] = round_of(lane[k], word_at<std::uint64_t>(p + 8 * k));
  }
  std::uint64_t h = std::rotl(lane[0], 1) + std::rotl(lane[1], 7) + std::rotl(lane[2], 12) + std::rotl(lane[3], 18);
  for (std::uint64_t v : lane) h = (h ^ round_of(0, v)) * kP1 + kP4;
  return h;
}

} // namespace

std::uint64_t hash64(std::span<const std::byte> bytes, std::uint64_t seed) {
  const std::size_t whole = bytes.size() / kStripe;
  std::uint64_t h = (whole > 0 ? stripes(bytes.data(), whole, seed) : seed + kP5) + bytes.size();
  std::span<const std::byte> rest = bytes.subspan(whole * kStripe);
  for (; rest.size() >= 8; rest = rest.subspan(8)) h = std::rotl(h ^ round_of(0, word_at<std::uint64_t>(rest.data())), 27) * kP1 + kP4;
  for (; rest.size() >= 4; rest = rest.subspan(4)) h = std::rotl(h ^ (word_at<std::uint32_t>(rest.data()) * kP1), 23) * kP2 + kP3;
  for (std::byte b : rest) h = std::rotl(h ^ (std::uint64_t(b) * kP5), 11) * kP1;
  h = (h ^ (h >> 33)) * kP2;
  h = (h ^ (h >> 29)) * kP3;
  return h ^ (h >> 32);
}

std::uint64_t hash_pieces(std::span<const std::span<const std::byte>> pieces, Pool& pool) {
  std::vector<std::span<const std::byte>> chunks;
  for (std::span<const std::byte> piece : pieces) {
    for (std::size_t at = 0; at < piece.size(); at += kChunk) chunks.push_back(piece.subspan(at, std::min(kChunk, piece.size() - at)));
  }
  std::vector<std::uint64_t> hashes(chunks.size());
  auto hash_chunk = [&](std::int64_t i, int) { hashes[std::size_t(i)] = hash64(chunks[std::size_t(i)]); };
  parallel_for(pool, std::int64_t(chunks.size()), hash_chunk);
  return hash64(std::as_bytes(std::span(hashes)));
}

} // namespace pose
