// Implements bytes.h, with a zip writer that does not depend on the project's writer.
// SPDX-License-Identifier: MIT
#include "tests/weights/bytes.h"

#include <doctest/doctest.h>
#include <zlib.h>

namespace pose::testing {

namespace {

std::uint32_t crc_of(const std::string& data) {
  return std::uint32_t(crc32(0, reinterpret_cast<const Bytef*>(data.data()), uInt(data.size())));
}

std::string deflated(const std::string& data) {
  z_stream z{};
  REQUIRE(deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(deflateBound(&z, data.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  z.avail_in = uInt(data.size());
  z.next_out = reinterpret_cast<Bytef*>(packed.data());
  z.avail_out = uInt(packed.size());
  REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
  packed.resize(z.total_out);
  deflateEnd(&z);
  return packed;
}

} // namespace

ZipMember stored_member(const std::string& name, const std::string& data) {
  const auto size = std::uint32_t(data.size());
  return {name, data, crc_of(data), size, size, 0, 0, "", 0};
}

ZipMember deflated_member(const std::string& name, const std::string& data) {
  const std::string packed = deflated(data);
  return {name, packed, crc_of(data), std::uint32_t(data.size()), std::uint32_t(packed.size()), 8, 0, "", 0};
}

std::string zip_file(const std::vector<ZipMember>& members, const std::string& comment, int extra_count) {
  std::string file, directory;
  for (const ZipMember& m : members) {
    const std::string common = le<std::uint16_t>({20, m.flags, m.method, 0, 0x21}) + le<std::uint32_t>({m.crc, m.packed_size, m.size});
    const auto offset = std::uint32_t(file.size()) + m.offset_shift;
    const auto name = std::uint16_t(m.name.size());
    directory += "PK\x01\x02" + le(std::uint16_t(20)) + common + le<std::uint16_t>({name, std::uint16_t(m.extra.size()), 0, 0, 0});
    directory += le<std::uint32_t>({0, offset}) + m.name + m.extra;
    // The local header has a separate extra field, which readers must skip.
    file += "PK\x03\x04" + common + le<std::uint16_t>({name, 6}) + m.name + le<std::uint16_t>({0x7777, 2, 0}) + m.packed;
  }
  const auto start = std::uint32_t(file.size()), size = std::uint32_t(directory.size());
  const auto count = std::uint16_t(int(members.size()) + extra_count);
  return file + directory + "PK\x05\x06" + le<std::uint16_t>({0, 0, count, count}) + le<std::uint32_t>({size, start}) +
         le(std::uint16_t(comment.size())) + comment;
}

std::string safetensors_file(const std::string& header, const std::string& data, std::size_t pad) {
  std::string padded = header;
  padded.resize((header.size() + pad - 1) / pad * pad, ' ');
  return le(std::uint64_t(padded.size())) + padded + data;
}

} // namespace pose::testing
