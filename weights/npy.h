// NumPy's .npy (format 1.0 to 3.0, little-endian, C or Fortran order) and .npz (zip, stored or deflated, zip64) files.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace pose {

// An array of a file: numpy's type ("<f4", "|u1", "<f2", "<i4", "<f8", ...), shape, and the elements in C order.
struct NpyArray {
  std::string type;
  std::vector<std::int64_t> shape;
  std::vector<std::byte> bytes;

  std::int64_t count() const;
  // The elements as T; throws Error unless the type converts without loss (f2, f4, u1, i1, i4 -> float; any of them -> double; ...).
  template <class T> std::vector<T> as() const;
};

NpyArray parse_npy(std::span<const std::byte> bytes, const std::string& source); // source: for messages
NpyArray read_npy(const std::string& path);
std::map<std::string, NpyArray> read_npz(const std::string& path); // keys without ".npy"

std::vector<std::byte> format_npy(std::span<const float> values, const std::vector<std::int64_t>& shape);
void write_npy(const std::string& path, std::span<const float> values, const std::vector<std::int64_t>& shape);

// Writes one array after another (stored, zip64 where needed), PATH.part renamed by finish().
class NpzWriter {
public:
  explicit NpzWriter(std::string path);
  ~NpzWriter();
  NpzWriter(const NpzWriter&) = delete;
  NpzWriter& operator=(const NpzWriter&) = delete;

  void write(const std::string& name, std::span<const float> values, const std::vector<std::int64_t>& shape);
  void finish();

private:
  struct Entry;
  std::string path_;
  std::FILE* file_ = nullptr;
  std::vector<Entry> entries_;
};

} // namespace pose
