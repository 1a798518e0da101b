// Tests XXH64: known values; the same hash for any number of threads, a different one for any changed byte.
// SPDX-License-Identifier: MIT
#include "tensor/hash.h"

#include <doctest/doctest.h>

#include <string_view>
#include <vector>

using namespace pose;

namespace {

std::uint64_t hash_of(std::string_view text, std::uint64_t seed = 0) {
  return hash64(std::as_bytes(std::span(text)), seed);
}

std::uint64_t hash_of(const std::vector<unsigned char>& bytes, int threads) {
  Pool pool(threads);
  const std::span<const std::byte> all = std::as_bytes(std::span(bytes));
  const std::span<const std::byte> chunks[] = {all.first(bytes.size() / 3), all.subspan(bytes.size() / 3)};
  return hash_pieces(chunks, pool);
}

} // namespace

TEST_CASE("XXH64 has its known values") { // of the xxHash library, by its Python module
  CHECK(hash_of("") == 0xef46db3751d8e999);
  CHECK(hash_of("a") == 0xd24ec4f1a98c6e5b);
  CHECK(hash_of("abc") == 0x44bc2cf5ad770999);
  CHECK(hash_of("0123", 0u) == 0x4c33072b45647dcb);
  CHECK(hash_of("01234567", 0u) == 0xe4ba22a49ad89d3f);
  CHECK(hash_of("0123456789abcdefghijklmnopqrstu", 0u) == 0x80adfc1d42020f39);
  CHECK(hash_of("0123456789abcdefghijklmnopqrstuv", 0u) == 0xbf7c9dbe16b5c6e2);
  CHECK(hash_of("0123456789abcdefghijklmnopqrstuvw", 7u) == 0x6cbaa7e8fcec9ec0);
  CHECK(hash_of("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHI", 0u) == 0x35e383e3c2406cf2);
  CHECK(hash_of("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!", 2654435761u) == 0x71e3e3c2fcac169d);
  CHECK(hash_of("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!?", 0u) == 0xc02a83e75f3ed6ed);
}

TEST_CASE("large data: the hash is the same for any number of threads and depends on every byte") {
  std::vector<unsigned char> bytes(5'000'001);
  for (std::size_t i = 0; i < bytes.size(); i++) bytes[i] = (unsigned char)(i * 2654435761u >> 13);
  const std::uint64_t want = hash_of(bytes, 1);
  for (int threads : {2, 5}) CHECK(hash_of(bytes, threads) == want);
  for (std::size_t at : {std::size_t(0), std::size_t(1'666'667), std::size_t(3'000'000), bytes.size() - 1}) {
    bytes[at] ^= 1;
    CHECK(hash_of(bytes, 2) != want);
    bytes[at] ^= 1;
  }
}
