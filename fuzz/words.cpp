// Short texts of command lines and requests: shards, addresses, times, byte ranges.
// SPDX-License-Identifier: MIT
#include "fuzz/target.h"
#include "results/shard.h"
#include "serve/http.h"
#include "video/seconds.h"

#include <fmt/format.h>

namespace pose::fuzz {
namespace {

std::string read_shard(View bytes) {
  const Shard shard = parse_shard(as_text(bytes));
  return fmt::format("{}/{}", shard.index, shard.count);
}

std::string read_seconds(View bytes) {
  return fmt::format("{}", parse_seconds("--start", as_text(bytes)));
}

std::string read_address(View bytes) {
  const serve::Address address = serve::parse_address(as_text(bytes));
  return fmt::format("{} {}", serve::url_of(address), serve::host_allowed(address, as_text(bytes)));
}

// A range must be in the file.
std::string read_range(View bytes) {
  constexpr std::uint64_t kSize = 1000, kMost = 100;
  const auto range = serve::parse_range(as_text(bytes), kSize, kMost);
  if (!range) throw InputError("range: expected bytes=A-B, found something else");
  if (range->size == 0 || range->size > kMost || range->first > kSize - range->size) throw std::logic_error("expected a range in the file");
  return fmt::format("{}+{}", range->first, range->size);
}

constexpr MemoryBound kMemory{64 << 10, 64};
const Registration shard({"shard", kMemory, read_shard});
const Registration seconds({"seconds", kMemory, read_seconds});
const Registration address({"address", kMemory, read_address});
const Registration range({"range", kMemory, read_range});

} // namespace
} // namespace pose::fuzz
