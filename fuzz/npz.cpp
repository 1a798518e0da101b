// NumPy's .npz files: zip archives.
// SPDX-License-Identifier: MIT
#include "fuzz/little_endian.h"
#include "weights/npy.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

namespace pose::fuzz {
namespace {

constexpr std::uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50;
constexpr std::size_t kLocalSize = 30, kCentralSize = 46, kEndSize = 22;

std::string read(View bytes) {
  const auto arrays = parse_npz(as_bytes(bytes), "input");
  std::string text = fmt::format("{} arrays", arrays.size());
  for (const auto& [name, array] : arrays) {
    const auto sum = array.bytes.empty() ? 0 : crc32_z(0, reinterpret_cast<const Bytef*>(array.bytes.data()), array.bytes.size());
    text += fmt::format(" {} [{}] {:08x}", array.type, fmt::join(array.shape, ","), sum);
  }
  return text;
}

// Returns the offsets of all records that begin with the signature.
std::vector<std::size_t> records(View bytes, std::uint32_t signature) {
  std::vector<std::size_t> found;
  for (std::size_t at = 0; at + kEndSize <= bytes.size(); ++at) {
    if (get<std::uint32_t>(bytes, at) == signature) found.push_back(at);
  }
  return found;
}

// Changes a field of a record: of a local header, of a member of the directory, or of the end.
void edit(Bytes& bytes, Random& random) {
  static constexpr std::pair<std::uint32_t, std::size_t> kRecords[] = {{kLocal, kLocalSize}, {kCentral, kCentralSize}, {kEnd, kEndSize}};
  const auto [signature, size] = kRecords[random.below(3)];
  const std::vector<std::size_t> at = records(bytes, signature);
  if (at.empty()) return;
  const std::size_t field = at[random.below(at.size())] + 4 + random.below(size / 2 - 2) * 2;
  const std::uint64_t number = edge_number(random, bytes.size());
  if (random.below(2) == 0)
    put(bytes, field, std::uint16_t(number));
  else
    put(bytes, field, std::uint32_t(number));
}

// Returns the offset of a member's data after its local header, and their length; (0, 0) where they are outside the file.
std::pair<std::size_t, std::size_t> data_of(View bytes, std::size_t local, std::size_t packed) {
  const std::size_t data = local + kLocalSize + get<std::uint16_t>(bytes, local + 26) + get<std::uint16_t>(bytes, local + 28);
  const bool inside = get<std::uint32_t>(bytes, local) == kLocal && data <= bytes.size() && packed <= bytes.size() - data;
  return inside ? std::pair(data, packed) : std::pair<std::size_t, std::size_t>(0, 0);
}

// Returns the checksum of deflated data of at most 64 KiB, and sets their length.
std::uint32_t checksum_of_deflated(View packed, std::uint32_t& size) {
  Bytes out(1 << 16);
  z_stream z{};
  z.next_in = const_cast<Bytef*>(packed.data());
  z.avail_in = uInt(packed.size());
  z.next_out = out.data();
  z.avail_out = uInt(out.size());
  if (inflateInit2(&z, -MAX_WBITS) != Z_OK) return 0;
  inflate(&z, Z_FINISH);
  inflateEnd(&z);
  size = std::uint32_t(out.size() - z.avail_out);
  return std::uint32_t(crc32_z(0, out.data(), size));
}

// Corrects offsets, lengths and checksums in the directory.
void repair(Bytes& bytes) {
  const std::vector<std::size_t> members = records(bytes, kCentral), locals = records(bytes, kLocal), ends = records(bytes, kEnd);
  for (std::size_t i = 0; i < members.size() && i < locals.size(); ++i) {
    const std::size_t member = members[i], next = i + 1 < locals.size() ? locals[i + 1] : members[0];
    const std::size_t start = data_of(bytes, locals[i], 0).first;
    if (start == 0 || start > next) continue;
    put(bytes, member + 20, std::uint32_t(next - start));
    put(bytes, member + 42, std::uint32_t(locals[i]));
    const View data = View(bytes).subspan(start, next - start);
    auto size = std::uint32_t(data.size());
    const bool stored = get<std::uint16_t>(bytes, member + 10) == 0;
    const std::uint32_t sum = stored ? std::uint32_t(crc32_z(0, data.data(), data.size())) : checksum_of_deflated(data, size);
    put(bytes, member + 16, sum);
    put(bytes, member + 24, size);
  }
  if (members.empty() || ends.empty() || ends.back() < members[0]) return;
  put(bytes, ends.back() + 10, std::uint16_t(members.size()));
  put(bytes, ends.back() + 12, std::uint32_t(ends.back() - members[0]));
  put(bytes, ends.back() + 16, std::uint32_t(members[0]));
}

const Registration registration({"npz", {256 << 10, 2200}, read, edit, repair});

} // namespace
} // namespace pose::fuzz
