// TensorFile: a file of named tensors, safetensors or npz, whose numbers are read piece by piece as float32, whatever their type.
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

// The numbers of one tensor in C order.  The file stays mapped as long as this lives.
class TensorNumbers {
public:
  // Numbers [first, first + to.size()), which must be there.  F16 and BF16 become the same float32, F64 and integers the nearest one.  The pages of a
  // mapped file are given back: what was read takes no memory.
  void read(std::int64_t first, std::span<float> to) const;

private:
  friend class TensorFile;
  std::string dtype_;
  std::span<const std::byte> bytes_;
  std::shared_ptr<const void> owner_;
  bool mapped_ = true; // false: unpacked from a deflated member
};

class TensorFile {
public:
  struct Entry {
    std::string name;
    std::vector<std::int64_t> shape;
    std::string dtype; // as the file spells it
  };

  // By the extension, .safetensors or .npz.  Throws Error for anything but a whole, consistent file (index_safetensors, NpzFile), and for a tensor
  // whose type has no float32 (complex, F8) or that is in Fortran order.  Checks the CRCs of an npz file, which reads it once.
  explicit TensorFile(const std::string& path);

  const std::string& path() const { return path_; }
  const std::vector<Entry>& entries() const { return entries_; } // in the file's order
  const Entry* find(const std::string& name) const;              // null: no such tensor
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

  TensorNumbers numbers(const Entry& entry) const; // of an element of entries(); a deflated member is unpacked as a whole

private:
  void add(Entry entry);

  std::string path_;
  std::vector<Entry> entries_;
  std::map<std::string, std::size_t> index_;
  std::map<std::string, std::string> metadata_;
  std::optional<SafetensorsIndex> safetensors_;
  std::shared_ptr<const NpzFile> npz_;
  std::vector<std::span<const std::byte>> views_; // of npz_'s stored members, whose CRCs were right
};

} // namespace pose
