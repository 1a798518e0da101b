// PackedCache: packed weights on disk, so that the next start maps them instead of packing again.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/file.h"
#include "tensor/parallel.h"
#include "weights/store.h"

#include <array>

namespace pose {

// Returns the hash of all tensors of a store: names, shapes and every byte.
std::uint64_t hash_of(const WeightStore& store, Pool& pool);

// A cache with one file per key, DIR/NAME-HASH.packed: a page with magic, version, key, size and checksums, then the floats as the kernels read them.
// A problem with a file or folder gives a note, not an error: the weights are packed as if there were no cache.
// Files are complete or absent, also when several processes write the same one.  Unused files are never removed.  The folder can be emptied at any
// time by renaming or deleting files, but not by truncating them, since they may be mapped.
class PackedCache {
public:
  // key: everything that the packed weights depend on, as text.  name: part of the file name, for people.
  PackedCache(std::string dir, const std::string& name, const std::string& key);

  // Returns the file's floats, verified against its checksum and 64-byte aligned, or null.
  const float* load(std::int64_t floats, Pool& pool);
  void save(std::span<const float> packed, Pool& pool);

  const std::string& path() const { return path_; }
  const std::string& note() const { return note_; }                // why the file was not used or not written; "": no problem
  std::shared_ptr<const MappedFile> file() const { return file_; } // keeps what load() returned
  void refuse(const std::string& why);                             // reports that the loaded file has the wrong contents

private:
  std::string dir_, path_, note_;
  std::array<std::uint64_t, 2> key_{};
  std::shared_ptr<const MappedFile> file_;
};

} // namespace pose
