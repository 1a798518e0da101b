// Implements the .npz part of npy.h: a zip archive of .npy files.  Section numbers refer to PKWARE's APPNOTE.TXT, which describes zip.
// SPDX-License-Identifier: MIT
#include "weights/npy.h"

#include "tensor/error.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <set>
#include <string_view>
#include <utility>

namespace pose {

namespace {

constexpr std::uint32_t kLocalHeader = 0x04034b50, kCentralHeader = 0x02014b50, kEnd = 0x06054b50;
constexpr std::uint32_t kEnd64 = 0x06064b50, kEnd64Locator = 0x07064b50, kDescriptor = 0x08074b50;
constexpr std::size_t kLocalSize = 30, kCentralSize = 46, kEndSize = 22, kEnd64Size = 56, kLocatorSize = 20;
constexpr std::uint16_t kExtra64 = 1, kVersion64 = 45;
constexpr std::uint16_t kStored = 0, kDeflated = 8;
constexpr std::uint16_t kUtf8Name = 1 << 11, kEncrypted = 1 << 0, kHasDescriptor = 1 << 3;
constexpr std::uint16_t kDate1980 = 0x21; // 1 January 1980, the earliest date in zip
constexpr std::uint32_t kSee64 = 0xffffffff;
constexpr std::uint16_t kCountSee64 = 0xffff;
const std::string kSuffix = ".npy";
constexpr std::uint64_t kMaxExpansion = 1032; // deflate: at best 258 bytes from 2 bits

// A range of the file.  Every access is checked.
class Bytes {
public:
  Bytes(std::span<const std::byte> bytes, const std::string& source) : bytes_(bytes), source_(source) {}

  std::size_t size() const { return bytes_.size(); }

  std::span<const std::byte> at(std::uint64_t offset, std::uint64_t count, std::string_view what) const {
    if (offset > bytes_.size() || count > bytes_.size() - offset) {
      fail("{}: expected {} of {} bytes at offset {}, found the end at {}", source_, what, count, offset, bytes_.size());
    }
    return bytes_.subspan(std::size_t(offset), std::size_t(count));
  }

  Bytes part(std::uint64_t offset, std::uint64_t count, std::string_view what) const { return {at(offset, count, what), source_}; }

  template <class T> T get(std::uint64_t offset) const {
    T value;
    std::memcpy(&value, at(offset, sizeof value, "a field").data(), sizeof value);
    return value;
  }

  std::string text(std::uint64_t offset, std::uint64_t count) const {
    const auto span = at(offset, count, "a name");
    return {reinterpret_cast<const char*>(span.data()), span.size()};
  }

  const std::string& source() const { return source_; }

private:
  std::span<const std::byte> bytes_;
  const std::string& source_;
};

using Member = NpzFile::Member; // an entry of the central directory

struct Directory {
  std::uint64_t offset = 0, size = 0, count = 0;
};

// Returns the offset of the end record.  It is at the end of the file, before a comment of at most 65535 bytes whose length it holds (section
// 4.3.16).
std::size_t find_end(const Bytes& file) {
  for (std::size_t comment = 0; comment <= 0xffff && comment + kEndSize <= file.size(); comment++) {
    const std::size_t at = file.size() - kEndSize - comment;
    if (file.get<std::uint32_t>(at) == kEnd && file.get<std::uint16_t>(at + 20) == comment) return at;
  }
  fail("{}: expected a zip archive (npz), found no end of a central directory", file.source());
}

Directory find_directory(const Bytes& file) {
  std::uint64_t end = find_end(file);
  Directory d{file.get<std::uint32_t>(end + 16), file.get<std::uint32_t>(end + 12), file.get<std::uint16_t>(end + 10)};
  if (end >= kLocatorSize && file.get<std::uint32_t>(end - kLocatorSize) == kEnd64Locator) {
    end = file.get<std::uint64_t>(end - kLocatorSize + 8);
    const Bytes end64 = file.part(end, kEnd64Size, "the zip64 end record");
    if (end64.get<std::uint32_t>(0) != kEnd64) fail("{}: expected a zip64 end record, found something else", file.source());
    d = {end64.get<std::uint64_t>(48), end64.get<std::uint64_t>(40), end64.get<std::uint64_t>(32)};
  }
  // Other readers look for the directory before its end record.
  if (d.offset > end || end - d.offset != d.size)
    fail("{}: expected a central directory of {} bytes before its end record, found it at offset {}", file.source(), d.size, d.offset);
  return d;
}

// Reads the zip64 extra field.  It holds those of size, packed and offset that did not fit, in this order (section 4.5.3).
void read_extra64(const Bytes& extra, Member& m) {
  for (std::uint64_t at = 0; at + 4 <= extra.size();) {
    const std::uint16_t id = extra.get<std::uint16_t>(at), length = extra.get<std::uint16_t>(at + 2);
    const Bytes field = extra.part(at + 4, length, "an extra field");
    at += 4u + length;
    if (id != kExtra64) continue;
    std::uint64_t next = 0;
    for (std::uint64_t* value : {&m.size, &m.packed, &m.offset}) {
      if (*value != kSee64) continue;
      *value = field.get<std::uint64_t>(next);
      next += sizeof *value;
    }
    return;
  }
}

std::vector<Member> read_directory(const Bytes& file) {
  const Directory d = find_directory(file);
  const Bytes table = file.part(d.offset, d.size, "the central directory");
  if (d.count > table.size() / kCentralSize) fail("{}: expected a central directory of {} members, found {} bytes", file.source(), d.count, d.size);
  std::vector<Member> members;
  std::uint64_t at = 0, packed = 0;
  for (std::uint64_t i = 0; i < d.count; i++) {
    const Bytes line = table.part(at, kCentralSize, "a member of the central directory");
    if (line.get<std::uint32_t>(0) != kCentralHeader) fail("{}: expected member {} of the central directory, found something else", file.source(), i);
    const std::uint16_t name = line.get<std::uint16_t>(28), extra = line.get<std::uint16_t>(30), comment = line.get<std::uint16_t>(32);
    Member m{table.text(at + kCentralSize, name), line.get<std::uint16_t>(10), line.get<std::uint32_t>(16),
             line.get<std::uint32_t>(20),         line.get<std::uint32_t>(24), line.get<std::uint32_t>(42)};
    read_extra64(table.part(at + kCentralSize + name, extra, "the extra fields"), m);
    at += kCentralSize + name + extra + comment;

    if ((line.get<std::uint16_t>(8) & kEncrypted) != 0) fail("{}: {}: expected no encryption, found some", file.source(), m.name);
    if (m.method != kStored && m.method != kDeflated) fail("{}: {}: expected method stored or deflated, found {}", file.source(), m.name, m.method);
    // Overlapping members could claim more bytes than the file holds.
    if (m.packed > file.size() - packed) fail("{}: {}: expected members of {} bytes at most, found more", file.source(), m.name, file.size());
    packed += m.packed;
    members.push_back(std::move(m));
  }
  return members;
}

// Reads the directory of an archive that must hold arrays only.  Returns the names without kSuffix.
std::vector<Member> read_arrays(const Bytes& file) {
  std::vector<Member> members = read_directory(file);
  std::set<std::string_view> names;
  for (Member& m : members) {
    if (!m.name.ends_with(kSuffix)) fail("{}: expected members named *.npy, found '{}'", file.source(), m.name);
    if (!names.insert(m.name).second) fail("{}: {}: expected one member of that name, found two", file.source(), m.name);
  }
  for (Member& m : members) m.name.resize(m.name.size() - kSuffix.size());
  return members;
}

// Inflates `from` into exactly `to`.  zlib counts in 32 bits, so both sides are passed in slices.
bool inflate_exactly(std::span<const std::byte> from, std::span<std::byte> to) {
  z_stream z{};
  if (inflateInit2(&z, -MAX_WBITS) != Z_OK) return false; // negative: no zlib header
  constexpr std::size_t kSlice = std::numeric_limits<uInt>::max();
  std::size_t in = 0, out = 0;
  int status = Z_OK;
  while (status == Z_OK) { // no progress gives Z_BUF_ERROR
    const std::size_t in_slice = std::min(kSlice, from.size() - in), out_slice = std::min(kSlice, to.size() - out);
    z.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(from.data() + in));
    z.next_out = reinterpret_cast<Bytef*>(to.data() + out);
    z.avail_in = uInt(in_slice);
    z.avail_out = uInt(out_slice);
    status = inflate(&z, Z_NO_FLUSH);
    in += in_slice - z.avail_in;
    out += out_slice - z.avail_out;
  }
  inflateEnd(&z);
  return status == Z_STREAM_END && in == from.size() && out == to.size();
}

std::uint32_t crc_of(std::uint32_t crc, std::span<const std::byte> bytes) {
  if (bytes.empty()) return crc; // zlib returns the initial value for a null pointer
  return std::uint32_t(crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

// Returns the packed bytes of a member, which follow its local header.  The local header has separate lengths for name and extra fields.
std::span<const std::byte> packed_bytes(const Bytes& file, const Member& m) {
  const Bytes local = file.part(m.offset, kLocalSize, "a local header");
  if (local.get<std::uint32_t>(0) != kLocalHeader)
    fail("{}: {}: expected a local header at offset {}, found something else", file.source(), m.name, m.offset);
  const std::uint16_t name = local.get<std::uint16_t>(26), extra = local.get<std::uint16_t>(28);
  if (file.text(m.offset + kLocalSize, name) != m.name + kSuffix)
    fail("{}: {}: expected the same name before its bytes, found another", file.source(), m.name);
  const std::uint64_t start = m.offset + kLocalSize + name + extra;
  return file.at(start, m.packed, m.name);
}

// Returns the bytes of a member, in the file or in `unpacked`.
std::span<const std::byte> unpack(const Bytes& file, const Member& m, const std::string& source, std::vector<std::byte>& unpacked) {
  const auto packed = packed_bytes(file, m);
  std::span<const std::byte> data = packed;
  if (m.method == kStored) {
    if (m.size != m.packed) fail("{}: expected {} stored bytes, found {}", source, m.size, m.packed);
  } else {
    if (m.size / kMaxExpansion > m.packed)
      fail("{}: expected at most {} times the {} packed bytes, found {}", source, kMaxExpansion, m.packed, m.size);
    unpacked.resize(std::size_t(m.size));
    if (!inflate_exactly(packed, unpacked)) fail("{}: expected {} bytes of deflated data, found other or broken data", source, m.size);
    data = unpacked;
  }
  const std::uint32_t crc = crc_of(0, data);
  if (crc != m.crc) fail("{}: expected CRC {:08x}, found {:08x}", source, m.crc, crc);
  return data;
}

// Appends little-endian fields.
class Record {
public:
  template <class T> Record& add(T value) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + sizeof value);
    std::memcpy(bytes_.data() + at, &value, sizeof value);
    return *this;
  }

  Record& add_text(std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
  }

  std::span<const std::byte> bytes() const { return bytes_; }

private:
  std::vector<std::byte> bytes_;
};

// Adds the fields that local and central headers share: from version to extract to length of the extra fields (sections 4.3.7 and 4.3.12).
Record& add_common(Record& r, std::uint32_t crc, std::size_t name, std::uint16_t extra) {
  r.add(kVersion64).add(std::uint16_t(kUtf8Name | kHasDescriptor)).add(kStored).add(std::uint16_t(0)).add(kDate1980);
  return r.add(crc).add(kSee64).add(kSee64).add(std::uint16_t(name)).add(extra);
}

} // namespace

std::map<std::string, NpyArray> parse_npz(std::span<const std::byte> bytes, const std::string& source) {
  const Bytes file(bytes, source);
  std::map<std::string, NpyArray> arrays;
  for (const Member& m : read_arrays(file)) {
    std::vector<std::byte> unpacked;
    const std::string where = source + ": " + m.name + kSuffix;
    arrays.emplace(m.name, parse_npy(unpack(file, m, where, unpacked), where));
  }
  return arrays;
}

std::map<std::string, NpyArray> read_npz(const std::string& path) {
  return parse_npz(read_file(path), path);
}

NpzFile::NpzFile(const std::string& path) : file_(MappedFile::open(path)), path_(path), members_(read_arrays(Bytes(file_->bytes(), path_))) {}

NpyView NpzFile::view(const Member& member, std::vector<std::byte>& unpacked) const {
  const std::string where = path_ + ": " + member.name + kSuffix;
  const NpyView found = view_npy(unpack(Bytes(file_->bytes(), path_), member, where, unpacked), where);
  file_->check();
  return found;
}

NpzWriter::NpzWriter(std::string path) : file_(std::move(path)) {}

void NpzWriter::write(const std::string& name, std::span<const float> values, const std::vector<std::int64_t>& shape) {
  begin(name, shape);
  append(values);
}

void NpzWriter::begin(const std::string& name, const std::vector<std::int64_t>& shape) {
  end_member();
  const std::vector<std::byte> header = format_npy_header(shape);
  std::vector<std::int64_t> sides = shape;
  sides.push_back(sizeof(float));
  const std::int64_t data = checked_product(name, sides);
  Entry entry{name + kSuffix, crc_of(0, header), std::int64_t(header.size()) + data, file_.size(), data};
  if (entry.name.size() > 0xffff) fail("{}: expected a name of at most 65531 bytes, found {}", file_.path(), name.size());
  Record local;
  local.add(kLocalHeader);
  add_common(local, 0, entry.name.size(), 20).add_text(entry.name); // sizes and CRC follow the data, in the descriptor
  local.add(kExtra64).add(std::uint16_t(16)).add(std::uint64_t(0)).add(std::uint64_t(0));
  file_.write(local.bytes());
  file_.write(header);
  entries_.push_back(std::move(entry));
}

void NpzWriter::append(std::span<const float> values) {
  const auto data = std::as_bytes(values);
  if (entries_.empty() || std::int64_t(data.size()) > entries_.back().missing)
    fail("{}: expected the values of an array's shape, found more", file_.path());
  Entry& entry = entries_.back();
  entry.crc = crc_of(entry.crc, data);
  entry.missing -= std::int64_t(data.size());
  file_.write(data);
}

// Writes the data descriptor (section 4.3.9) of the current array, if there is one.
void NpzWriter::end_member() {
  if (entries_.empty()) return;
  const Entry& entry = entries_.back();
  if (entry.missing != 0) fail("{}: {}: expected {} more bytes, found the next array or the end", file_.path(), entry.name, entry.missing);
  Record descriptor;
  descriptor.add(kDescriptor).add(entry.crc).add(entry.size).add(entry.size);
  file_.write(descriptor.bytes());
}

void NpzWriter::finish() {
  end_member();
  const std::int64_t start = file_.size();
  for (const Entry& entry : entries_) {
    Record line;
    line.add(kCentralHeader).add(kVersion64);
    add_common(line, entry.crc, entry.name.size(), 28);
    line.add(std::uint16_t(0)).add(std::uint16_t(0)).add(std::uint16_t(0)).add(std::uint32_t(0)).add(kSee64); // from comment to offset
    line.add_text(entry.name).add(kExtra64).add(std::uint16_t(24)).add(entry.size).add(entry.size).add(entry.offset);
    file_.write(line.bytes());
  }
  const std::int64_t end = file_.size();
  const auto count = std::uint64_t(entries_.size());
  Record tail; // sections 4.3.14 to 4.3.16
  tail.add(kEnd64).add(std::uint64_t(kEnd64Size - 12)).add(kVersion64).add(kVersion64).add(std::uint32_t(0)).add(std::uint32_t(0));
  tail.add(count).add(count).add(end - start).add(start);
  tail.add(kEnd64Locator).add(std::uint32_t(0)).add(end).add(std::uint32_t(1));
  tail.add(kEnd).add(std::uint16_t(0)).add(std::uint16_t(0)).add(kCountSee64).add(kCountSee64).add(kSee64).add(kSee64).add(std::uint16_t(0));
  file_.write(tail.bytes());
  file_.commit();
}

} // namespace pose
