// Caches of packed weights.
// SPDX-License-Identifier: MIT
#include "nets/packed_cache.h"
#include "fuzz/little_endian.h"
#include "fuzz/memory_file.h"
#include "tensor/error.h"
#include "tensor/hash.h"

#include <filesystem>
#include <optional>

namespace fs = std::filesystem;

namespace pose::fuzz {
namespace {

constexpr std::int64_t kFloats = 8;
constexpr std::size_t kPage = 4096, kChecksum = 40, kOwn = 48; // of nets/packed_cache.cpp

// A cache whose only file is a link to the input.
struct Cache {
  Pool pool{1};
  MemoryFile input{"input"};
  std::string dir = fs::path(input.path()).parent_path();
  std::string path = PackedCache(dir, "net", "key").path();

  Cache() { fs::create_symlink(input.path(), path); }
};

Cache& cache() {
  static Cache cache;
  return cache;
}

// A file that does not fit gives a note.
std::string read(View bytes) {
  cache().input.write(bytes);
  PackedCache packed(cache().dir, "net", "key");
  if (packed.load(kFloats, cache().pool) == nullptr) throw Error(packed.note());
  return std::to_string(kFloats) + " floats";
}

// Corrects the checksums of the floats and of the header.
void repair(Bytes& bytes) {
  bytes.resize(kPage + kFloats * sizeof(float));
  const std::span<const std::byte> floats = as_bytes(View(bytes).subspan(kPage));
  const std::uint64_t slice = hash_pieces({&floats, 1}, cache().pool);
  put(bytes, kChecksum, hash64(std::as_bytes(std::span(&slice, 1))));
  put(bytes, kOwn, hash64(as_bytes(View(bytes).first(kOwn))));
}

const Registration registration({"packed_cache", {64 << 10, 4}, read, nullptr, repair});

} // namespace
} // namespace pose::fuzz
