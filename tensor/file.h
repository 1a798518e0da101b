// Whole files: memory-mapped reading, and atomic writing that never leaves a partial file under the final name.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/descriptor.h"
#include "tensor/mapping_guard.h"
#include "tensor/place.h"
#include "tensor/temporary_file.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pose {

// A read-only memory mapping of a file, for weights, dumps and caches, which are large: nothing is copied.  Bytes that the file loses while it is
// mapped become zeros (tensor/mapping_guard.h).  Call check() after reading, before the bytes are used.  Small files are read with read_file().
class MappedFile {
public:
  // Maps a file.  Throws Error with the path and the reason (missing, a directory, unreadable).  An empty file gives an empty span.
  static std::shared_ptr<const MappedFile> open(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  // Throws Error where the file has shrunk since open(), or its disk failed, so that bytes() may not be its bytes.
  void check() const;
  // Throws Error also where the file was written since open().
  void check_unchanged() const;

private:
  MappedFile() = default;
  std::string path_;
  Descriptor descriptor_;
  std::int64_t changed_ = 0; // when the file was written last, in nanoseconds
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::optional<MappingGuard> guard_;
};

// Reads a whole file into memory, so that later changes of the file have no effect.  Throws Error as MappedFile::open(), and where the file
// changes meanwhile.
std::vector<std::byte> read_file(const std::string& path);

// Collects the bytes of a file next to PATH; commit() gives them that name at once.  Without commit() an existing PATH stays unchanged, and nothing
// is left.  Two processes never share a file before commit().  A symbolic link is followed and kept.  The new file has the permissions of the old
// one. A device, a pipe and /dev/stdout are written directly, since there is nothing to rename.  A file that cannot be replaced, as in a folder
// without permission to write, is overwritten by commit().
class AtomicFile {
public:
  explicit AtomicFile(std::string path); // throws Error (no such directory, no permission)
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes); // throws Error (full disk)
  void commit();                                // throws Error; write nothing after it
  std::int64_t size() const { return size_; }   // bytes written so far
  const std::string& path() const { return path_; }

private:
  void open_directly(int descriptor);
  void open_beside(const OutputPlace& place);
  int replace();
  int overwrite() const;
  [[noreturn]] void fail_errno(int error) const;

  std::string path_;
  OutputPlace place_;
  Descriptor folder_;
  TemporaryFile temporary_; // closed: bytes go to PATH directly
  bool beside_ = false;     // whether the temporary file is in the folder of PATH
  std::FILE* file_ = nullptr;
  std::int64_t size_ = 0;
};

// Writes a whole file or nothing.  Throws Error.
void write_file(const std::string& path, std::span<const std::byte> bytes);
void write_file(const std::string& path, const std::string& text);

// Creates a folder and its parents, unless it exists.  Throws InputError("{path}: expected a folder that can be written: ...").
void make_folder(const std::string& path);

// Returns the product of sizes that came from a file.  Throws Error("{what}: ...") for a negative size.  Also throws when the product of all nonzero
// sizes does not fit in 63 bits, so that strides fit, too.
std::int64_t checked_product(const std::string& what, std::span<const std::int64_t> sizes);

} // namespace pose
