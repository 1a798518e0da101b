// NumPy's .npy (format 1.0 to 3.0, little-endian, C or Fortran order) and .npz (zip, stored or deflated, zip64) files.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/file.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace pose {

// An array of a file: numpy's type ("<f4", "|u1", "<f2", "<i4", "<f8", "|b1", ...), shape, and the elements in C order.
struct NpyArray {
  std::string type;
  std::vector<std::int64_t> shape;
  std::vector<std::byte> bytes;

  std::int64_t count() const;
  // The elements as T (float, double, int8, uint8, int32 or int64), from any type.  Throws Error at the first element whose value
  // T cannot hold exactly; b1 gives 0 and 1.
  template <class T> std::vector<T> as() const;
};

// An array where its file lies: nothing is copied or converted.
struct NpyView {
  std::string type;
  bool fortran_order = false; // the first index runs fastest
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
};

// `source` is for messages.  The header's shape must account for every byte of the data.
NpyView view_npy(std::span<const std::byte> bytes, const std::string& source);
NpyArray parse_npy(std::span<const std::byte> bytes, const std::string& source);
NpyArray read_npy(const std::string& path);

// Every member must be an .npy file; keys are the names without ".npy".  Checks the CRCs.  Nothing is allocated that the file's own
// length does not justify: members cannot overlap, and deflate cannot expand more than 1032 times.
std::map<std::string, NpyArray> read_npz(const std::string& path);
std::map<std::string, NpyArray> parse_npz(std::span<const std::byte> bytes, const std::string& source);

// A mapped npz file, read member by member.
class NpzFile {
public:
  struct Member {
    std::string name; // without ".npy"
    std::uint16_t method = 0;
    std::uint32_t crc = 0;
    std::uint64_t packed = 0, size = 0, offset = 0;

    bool stored() const { return method == 0; } // else deflated
  };

  explicit NpzFile(const std::string& path);                      // throws Error as read_npz, of the directory
  const std::vector<Member>& members() const { return members_; } // in the order of the directory, names unique

  // Throws Error as read_npz, of this member.  The view points into the file, or into `unpacked` when the member is deflated.
  NpyView view(const Member& member, std::vector<std::byte>& unpacked) const;

private:
  std::shared_ptr<const MappedFile> file_;
  std::string path_;
  std::vector<Member> members_;
};

std::vector<std::byte> format_npy(std::span<const float> values, const std::vector<std::int64_t>& shape);
std::vector<std::byte> format_npy_header(const std::vector<std::int64_t>& shape); // format_npy without the data
void write_npy(const std::string& path, std::span<const float> values, const std::vector<std::int64_t>& shape);

// Writes one array after another, stored, always with zip64 sizes (as numpy.savez does): one path for small and large files.
// The bytes depend on the arrays only, not on the time.  The file appears under its name when finish() has returned.
class NpzWriter {
public:
  explicit NpzWriter(std::string path);

  void write(const std::string& name, std::span<const float> values, const std::vector<std::int64_t>& shape);
  // In pieces: begin, then append until the shape is filled.
  void begin(const std::string& name, const std::vector<std::int64_t>& shape);
  void append(std::span<const float> values);
  void finish(); // throws Error when a value of the last array is missing

private:
  struct Entry {
    std::string name;
    std::uint32_t crc = 0;
    std::int64_t size = 0, offset = 0; // of header and data; of the local header
    std::int64_t missing = 0;          // bytes that are still to come
  };

  void end_member();

  AtomicFile file_;
  std::vector<Entry> entries_;
};

} // namespace pose
