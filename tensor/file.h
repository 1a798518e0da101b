// Whole files: memory-mapped reading, and atomic writing that never leaves a partial file under the final name.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>

namespace pose {

// A read-only memory mapping of a file; nothing is copied.  The file must not shrink while it is mapped: the system kills a process that reads past
// the new end.
class MappedFile {
public:
  // Maps a file.  Throws Error with the path and the reason (missing, a directory, unreadable).  An empty file gives an empty span.
  static std::shared_ptr<const MappedFile> open(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {data_, size_}; }

private:
  MappedFile() = default;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

// Writes to PATH.part, which commit() renames to PATH.  Without commit() the destructor removes PATH.part, and an existing PATH stays unchanged.  A
// device or a pipe is written directly, since there is nothing to rename.
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
  void discard() const;
  [[noreturn]] void fail_errno(int error) const;

  std::string path_;
  std::string open_path_; // PATH.part, or PATH for a device
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
