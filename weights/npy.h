// NumPy's .npy (format 1.0 to 3.0, little-endian, C or Fortran order) and .npz (zip, stored or deflated, zip64) files.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/error.h"
#include "tensor/file.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace pose {

// An array from a file: numpy's type ("<f4", "|u1", "<f2", "<i4", "<f8", "|b1", ...), the shape, and the elements in C order.
struct NpyArray {
  std::string type;
  std::vector<std::int64_t> shape;
  std::vector<std::byte> bytes;

  std::int64_t count() const;
  // Converts the elements from any type to T (float, double, int8, uint8, int32 or int64).  b1 becomes 0 and 1.  Throws Error at the first element
  // whose value T cannot hold exactly.
  template <class T> std::vector<T> as() const;
};

// An array in its file: nothing is copied or converted.
struct NpyView {
  std::string type;
  bool fortran_order = false; // true: the first index runs fastest
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
};

// The error of an array of text, objects or numbers of a kind that is not read.
class OtherTypeError : public Error {
public:
  using Error::Error;
};

// Parse or read an array.  Throw OtherTypeError for a type that is not a little-endian bool, integer or float.  `source` is used in messages.  The
// header's shape must account for every byte of the data.
NpyView view_npy(std::span<const std::byte> bytes, const std::string& source);
NpyArray parse_npy(std::span<const std::byte> bytes, const std::string& source);
NpyArray read_npy(const std::string& path);

// Read all arrays of an npz file; keys are the member names without ".npy", and every member must be an .npy file.  The CRCs are checked.
// Allocations are bounded by the file's length: members cannot overlap, and deflate cannot expand more than 1032 times.
std::map<std::string, NpyArray> read_npz(const std::string& path);
std::map<std::string, NpyArray> parse_npz(std::span<const std::byte> bytes, const std::string& source);

// A mapped npz file, read one member at a time.
class NpzFile {
public:
  struct Member {
    std::string name; // without ".npy"
    std::uint16_t method = 0;
    std::uint32_t crc = 0;
    std::uint64_t packed = 0, size = 0, offset = 0;

    bool stored() const { return method == 0; } // otherwise deflated
  };

  explicit NpzFile(const std::string& path);                      // checks the directory; throws Error as read_npz
  const std::vector<Member>& members() const { return members_; } // in the order of the directory; names are unique
  const std::shared_ptr<const MappedFile>& file() const { return file_; }

  // Checks this member; throws Error as read_npz.  The view points into the file, or into `unpacked` when the member is deflated.
  NpyView view(const Member& member, std::vector<std::byte>& unpacked) const;

private:
  std::shared_ptr<const MappedFile> file_;
  std::string path_;
  std::vector<Member> members_;
};

std::vector<std::byte> format_npy(std::span<const float> values, const std::vector<std::int64_t>& shape);
std::vector<std::byte> format_npy_header(const std::vector<std::int64_t>& shape); // the part of format_npy before the data
void write_npy(const std::string& path, std::span<const float> values, const std::vector<std::int64_t>& shape);

// Writes arrays one after another, stored, always with zip64 sizes as numpy.savez does, so that small and large files share one code path.  The bytes
// depend only on the arrays, not on the time.  The file gets its name when finish() returns.
class NpzWriter {
public:
  explicit NpzWriter(std::string path);

  void write(const std::string& name, std::span<const float> values, const std::vector<std::int64_t>& shape);
  // Write one array in parts: call begin, then append until the shape is filled.
  void begin(const std::string& name, const std::vector<std::int64_t>& shape);
  void append(std::span<const float> values);
  void finish(); // throws Error when values of the last array are missing

private:
  struct Entry {
    std::string name;
    std::uint32_t crc = 0;
    std::int64_t size = 0, offset = 0; // of header and data; of the local header
    std::int64_t missing = 0;          // bytes still to be written
  };

  void end_member();

  AtomicFile file_;
  std::vector<Entry> entries_;
};

} // namespace pose
