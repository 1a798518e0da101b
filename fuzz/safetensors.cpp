// safetensors files, as weights.
// SPDX-License-Identifier: MIT
#include "weights/safetensors.h"
#include "fuzz/edit_json.h"
#include "fuzz/little_endian.h"
#include "fuzz/memory_file.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

namespace pose::fuzz {
namespace {

constexpr std::size_t kLengthBytes = 8;

// Describes every tensor with the checksum of its bytes.  Reads the file as weights, too, whose types are fewer.
std::string read(View bytes) {
  static MemoryFile file;
  const SafetensorsIndex index = index_safetensors(file.write(bytes));
  std::string text = fmt::format("{} tensors", index.entries.size());
  for (const SafetensorsEntry& e : index.entries) {
    const auto data = index.data.subspan(std::size_t(e.begin), std::size_t(e.end - e.begin));
    const auto sum = data.empty() ? 0 : crc32_z(0, reinterpret_cast<const Bytef*>(data.data()), data.size());
    text += fmt::format(" {} [{}] {:08x}", e.dtype, fmt::join(e.shape, ","), sum);
  }
  return text;
}

std::string read_weights(View bytes) {
  static MemoryFile file;
  return fmt::format("{} weights", read_safetensors(file.write(bytes)).params().size());
}

// Changes the header and gives the data part the length that the last offset asks for.
void edit(Bytes& bytes, Random& random) {
  const std::size_t rest = bytes.size() < kLengthBytes ? 0 : bytes.size() - kLengthBytes;
  const auto length = std::size_t(std::min<std::uint64_t>(get<std::uint64_t>(bytes, 0), rest));
  if (rest == 0) return;
  const auto begin = bytes.begin() + kLengthBytes, end = begin + std::ptrdiff_t(length);
  const std::string header = edit_json(std::string(begin, end), random);
  bytes.insert(bytes.erase(begin, end), header.begin(), header.end());
  put(bytes, 0, std::uint64_t(header.size()));
  if (random.below(2) == 0) bytes.resize(bytes.size() - std::min<std::size_t>(bytes.size() - kLengthBytes - header.size(), random.below(9)));
}

// Corrects the header's length: up to the last brace.
void repair(Bytes& bytes) {
  const auto last = std::find(bytes.rbegin(), bytes.rend(), '}').base();
  if (last - bytes.begin() > std::ptrdiff_t(kLengthBytes)) put(bytes, 0, std::uint64_t(last - bytes.begin()) - kLengthBytes);
}

constexpr MemoryBound kMemory{64 << 10, 256};
const Registration index({"safetensors", kMemory, read, edit, repair});
const Registration weights({"safetensors_weights", kMemory, read_weights, edit, repair});

} // namespace
} // namespace pose::fuzz
