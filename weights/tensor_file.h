// TensorFile: a safetensors or npz file of named tensors, read in parts as float32, whatever their type.
// SPDX-License-Identifier: MIT
#pragma once

#include "weights/npy.h"
#include "weights/safetensors.h"

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pose {

// The elements of one tensor in C order.  The file stays mapped for the lifetime of this object.
class TensorNumbers {
public:
  // Reads elements [first, first + to.size()), which must exist.  F16 and BF16 convert exactly; F64 and integers are rounded to the nearest float32.
  // The pages of a mapped file are given back, so elements that were read use no memory.  Throws Error where the file has shrunk.
  void read(std::int64_t first, std::span<float> to) const;

private:
  friend class TensorFile;
  std::string dtype_;
  std::span<const std::byte> bytes_;
  std::shared_ptr<const void> owner_;      // of unpacked bytes
  std::shared_ptr<const MappedFile> file_; // null: unpacked from a deflated member
};

class TensorFile {
public:
  struct Entry {
    std::string name;
    std::vector<std::int64_t> shape;
    std::string dtype; // as spelled in the file
  };

  // Opens a safetensors or npz file; the content selects the format.  Throws Error unless the file is complete and consistent (index_safetensors,
  // NpzFile).  Also throws for a tensor in Fortran order.  Leaves out tensors of a type without float32 values (text, complex, F8).  Checks the CRCs
  // of an npz file, which reads it once.
  explicit TensorFile(const std::string& path);

  const std::string& path() const { return path_; }
  const std::vector<Entry>& entries() const { return entries_; } // in the order of the file
  const std::vector<std::string>& left_out() const { return left_out_; }
  const Entry* find(const std::string& name) const; // null: no such tensor
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

  TensorNumbers numbers(const Entry& entry) const; // entry: an element of entries().  A deflated member is unpacked as a whole

private:
  void add(Entry entry, std::size_t stored);
  void add_safetensors();
  void add_npz();

  std::string path_;
  std::vector<Entry> entries_;
  std::vector<std::size_t> stored_; // for each entry its index in the file
  std::vector<std::string> left_out_;
  std::map<std::string, std::size_t> index_;
  std::map<std::string, std::string> metadata_;
  std::optional<SafetensorsIndex> safetensors_;
  std::shared_ptr<const NpzFile> npz_;
  std::vector<std::span<const std::byte>> views_; // of npz_'s stored members whose CRCs matched
};

} // namespace pose
