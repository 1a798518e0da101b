// NumPy's .npy (format 1.0 to 3.0, little-endian, C or Fortran order) and .npz (zip, stored or deflated, zip64) files.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/file.h"

#include <cstddef>
#include <cstdint>
#include <map>
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

// `source` is for messages.  The header's shape must account for every byte of the data.
NpyArray parse_npy(std::span<const std::byte> bytes, const std::string& source);
NpyArray read_npy(const std::string& path);

// Every member must be an .npy file; keys are the names without ".npy".  Checks the CRCs.  Nothing is allocated that the file's own
// length does not justify: members cannot overlap, and deflate cannot expand more than 1032 times.
std::map<std::string, NpyArray> read_npz(const std::string& path);
std::map<std::string, NpyArray> parse_npz(std::span<const std::byte> bytes, const std::string& source);

std::vector<std::byte> format_npy(std::span<const float> values, const std::vector<std::int64_t>& shape);
std::vector<std::byte> format_npy_header(const std::vector<std::int64_t>& shape); // format_npy without the data
void write_npy(const std::string& path, std::span<const float> values, const std::vector<std::int64_t>& shape);

// Writes one array after another, stored, always with zip64 sizes (as numpy.savez does): one path for small and large files.
// The bytes depend on the arrays only, not on the time.  The file appears under its name when finish() has returned.
class NpzWriter {
public:
  explicit NpzWriter(std::string path);

  void write(const std::string& name, std::span<const float> values, const std::vector<std::int64_t>& shape);
  void finish();

private:
  struct Entry {
    std::string name;
    std::uint32_t crc = 0;
    std::int64_t size = 0, offset = 0; // of the data; of the local header
  };

  AtomicFile file_;
  std::vector<Entry> entries_;
};

} // namespace pose
