// Implements packed_cache.h: files may be damaged, and other processes may write or read them at the same time.
// SPDX-License-Identifier: MIT
#include "nets/packed_cache.h"

#include "tensor/error.h"
#include "tensor/hash.h"
#include "tensor/tensor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace fs = std::filesystem;

namespace pose {
namespace {

constexpr std::size_t kPage = 4096; // the floats start at the second page

struct Header {
  char magic[8] = {'P', 'O', 'S', 'E', 'P', 'A', 'C', 'K'};
  std::uint64_t version = 1; // of this file format
  std::array<std::uint64_t, 2> key{};
  std::uint64_t floats = 0, checksum = 0;
  std::uint64_t own = 0; // hash of the fields above

  std::uint64_t hash() const { return hash64(std::as_bytes(std::span(this, 1)).first(offsetof(Header, own))); }
};
static_assert(sizeof(Header) == 56, "no padding: the header is written as it is in memory");

std::span<const float> floats_in(std::span<const std::byte> file) {
  const std::span<const std::byte> payload = file.subspan(kPage);
  return {reinterpret_cast<const float*>(payload.data()), payload.size() / sizeof(float)};
}

// Returns the checksum, computed in slices.  Pages of a mapped file are released after each slice, since the original weights are still in memory.
std::uint64_t checksum_of(std::span<const float> floats, bool mapped, Pool& pool) {
  constexpr std::size_t kSlice = std::size_t(1) << 22;
  std::vector<std::uint64_t> hashes;
  for (std::size_t at = 0; at < floats.size(); at += kSlice) {
    const std::span<const float> slice = floats.subspan(at, std::min(kSlice, floats.size() - at));
    const std::span<const std::byte> bytes = std::as_bytes(slice);
    hashes.push_back(hash_pieces({&bytes, 1}, pool));
    if (mapped) discard_pages(slice.data(), std::int64_t(slice.size()));
  }
  return hash64(std::as_bytes(std::span(hashes)));
}

// Returns why a file cannot be used, or "".
std::string fault_of(std::span<const std::byte> bytes, const std::array<std::uint64_t, 2>& key, std::uint64_t floats, Pool& pool) {
  Header header;
  const Header own;
  if (bytes.size() < kPage) return fmt::format("expected a header of {} bytes, found {} bytes", kPage, bytes.size());
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.magic, own.magic, sizeof own.magic) != 0) return "expected a file of packed weights, found something else";
  if (header.version != own.version) return fmt::format("expected version {}, found {}", own.version, header.version);
  if (header.own != header.hash()) return "expected a header that fits its checksum, found damage";
  if (header.key != key || header.floats != floats)
    return fmt::format("expected {} floats of this network, found {} of another", floats, header.floats);
  const std::size_t payload = bytes.size() - kPage;
  if (payload / sizeof(float) != floats || payload % sizeof(float) != 0) return fmt::format("expected {} floats, found {} bytes", floats, payload);
  if (header.checksum != checksum_of(floats_in(bytes), true, pool)) return "expected weights that fit their checksum, found damage";
  return "";
}

// Returns a file name.  Model names may be paths.  The hash distinguishes files, the name is for people.
std::string file_name(const std::string& name, std::uint64_t hash) {
  constexpr std::size_t kLongest = 60;
  std::string clean = fs::path(name).filename().string().substr(0, kLongest);
  for (char& c : clean) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!plain) c = '_';
  }
  return fmt::format("{}-{:016x}.packed", clean, hash);
}

void write_cache(const std::string& path, const Header& header, std::span<const std::byte> payload) {
  AtomicFile file(path);
  std::array<std::byte, kPage> page{};
  std::memcpy(page.data(), &header, sizeof header);
  file.write(page);
  file.write(payload);
  file.commit();
}

} // namespace

std::uint64_t hash_of(const WeightStore& store, Pool& pool) {
  std::string names;
  std::vector<std::span<const std::byte>> chunks;
  for (const auto& [name, param] : store.params()) {
    names += fmt::format("{} [{}]\n", name, fmt::join(param.shape, ", "));
    chunks.push_back(std::as_bytes(std::span(param.data, std::size_t(checked_product(name, param.shape)))));
  }
  chunks.push_back(std::as_bytes(std::span(names)));
  return hash_pieces(chunks, pool);
}

PackedCache::PackedCache(std::string dir, const std::string& name, const std::string& key) : dir_(std::move(dir)) {
  const std::span<const std::byte> bytes = std::as_bytes(std::span(key));
  key_ = {hash64(bytes, 0), hash64(bytes, 1)};
  path_ = (fs::path(dir_) / file_name(name, key_[0])).string();
}

void PackedCache::refuse(const std::string& why) {
  note_ = one_line(fmt::format("{}: {}; the weights are packed anew", path_, why));
  file_.reset();
}

const float* PackedCache::load(std::int64_t floats, Pool& pool) {
  std::error_code ignored;
  if (!fs::exists(path_, ignored)) return nullptr; // the common reason, without a note
  try {
    file_ = MappedFile::open(path_);
  } catch (const Error& e) {
    note_ = e.what();
    return nullptr;
  }
  const std::string fault = fault_of(file_->bytes(), key_, std::uint64_t(floats), pool);
  if (fault.empty()) return floats_in(file_->bytes()).data();
  refuse(fault);
  return nullptr;
}

void PackedCache::save(std::span<const float> packed, Pool& pool) {
  Header header;
  header.key = key_;
  header.floats = packed.size();
  header.checksum = checksum_of(packed, false, pool);
  header.own = header.hash();
  try {
    std::error_code ignored;
    fs::create_directories(dir_, ignored); // errors show when the file is opened
    write_cache(path_, header, std::as_bytes(packed));
  } catch (const Error& e) {
    note_ = e.what();
  }
}

} // namespace pose
