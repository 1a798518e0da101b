// NumPy's .npy files.
// SPDX-License-Identifier: MIT
#include "weights/npy.h"
#include "fuzz/little_endian.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

namespace pose::fuzz {
namespace {

constexpr std::size_t kPrefix = 8; // magic and version

// Describes the array with the checksum of its bytes in C order.
std::string read(View bytes) {
  const NpyArray array = parse_npy(as_bytes(bytes), "input");
  const auto sum = array.bytes.empty() ? 0 : crc32_z(0, reinterpret_cast<const Bytef*>(array.bytes.data()), array.bytes.size());
  return fmt::format("{} [{}] {:08x}", array.type, fmt::join(array.shape, ","), sum);
}

// Converts to the types that the programs ask for.
std::string read_numbers(View bytes) {
  const NpyArray array = parse_npy(as_bytes(bytes), "input");
  return fmt::format("{} floats {} integers", array.as<float>().size(), array.as<std::int64_t>().size());
}

// Returns the bytes of the data that the header asks for, roughly: the numbers of the shape, and the digit of the type.
std::size_t data_bytes(const std::string& header) {
  const std::size_t open = header.find('('), close = header.find(')', open), type = header.find_first_of("1248", header.find("descr"));
  std::size_t bytes = type == std::string::npos ? 0 : std::size_t(header[type] - '0');
  for (std::size_t at = open; at < close && at < header.size();) {
    at = header.find_first_of("0123456789", at);
    if (at >= close) break;
    std::size_t number = 0;
    for (; at < close && header[at] >= '0' && header[at] <= '9' && number < 10000; ++at) number = number * 10 + std::size_t(header[at] - '0');
    bytes = std::min<std::size_t>(bytes * number, 1 << 16);
  }
  return bytes;
}

// Corrects the length of the header, which ends with the last brace, and the length of small data.
void repair(Bytes& bytes) {
  if (bytes.size() < kPrefix + 4) return;
  const std::size_t first = kPrefix + (bytes[6] == 1 ? 2 : 4);
  const auto end = std::size_t(std::find(bytes.rbegin(), bytes.rend(), '}').base() - bytes.begin());
  if (end <= first) return;
  if (bytes[6] == 1)
    put(bytes, kPrefix, std::uint16_t(end - first));
  else
    put(bytes, kPrefix, std::uint32_t(end - first));
  const std::size_t data = data_bytes(as_text(View(bytes).subspan(first, end - first)));
  if (data < 4096) bytes.resize(end + data, 1);
}

constexpr MemoryBound kMemory{64 << 10, 32};
const Registration array({"npy", kMemory, read, nullptr, repair});
const Registration numbers({"npy_numbers", kMemory, read_numbers, nullptr, repair});

} // namespace
} // namespace pose::fuzz
