// Builds files by hand, field by field, so that each field can be wrong.
// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

namespace pose::testing {

// Returns the little-endian bytes of a number.
template <class T> std::string le(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

template <class T> std::string le(std::initializer_list<T> values) {
  std::string bytes;
  for (const T v : values) bytes += le(v);
  return bytes;
}

inline std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

inline std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Returns an .npy file with this header text, not padded.
inline std::string npy_file(const std::string& header, const std::string& data, char major = 1) {
  const std::string magic = std::string("\x93NUMPY") + major + '\0';
  return magic + (major == 1 ? le(std::uint16_t(header.size())) : le(std::uint32_t(header.size()))) + header + data;
}

inline std::string npy_header(const std::string& type, const std::string& shape, bool fortran_order = false) {
  return fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': {}, }}\n", type, fortran_order ? "True" : "False", shape);
}

// A member of a zip archive; a test sets the fields that must be wrong.
struct ZipMember {
  std::string name;
  std::string packed; // as stored in the file
  std::uint32_t crc = 0, size = 0, packed_size = 0;
  std::uint16_t method = 0, flags = 0;
  std::string extra; // of the central directory
  std::uint32_t offset_shift = 0;
};

ZipMember stored_member(const std::string& name, const std::string& data);
ZipMember deflated_member(const std::string& name, const std::string& data);

// Returns the archive; `count` in the end record is the number of members plus `extra_count`.
std::string zip_file(const std::vector<ZipMember>& members, const std::string& comment = "", int extra_count = 0);

// Returns a safetensors file with this header text, padded to `pad` bytes.
std::string safetensors_file(const std::string& header, const std::string& data, std::size_t pad = 8);

} // namespace pose::testing
