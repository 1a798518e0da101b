// Whole files: mapped for reading; written so that no half a file ever stands under its name.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>

namespace pose {

// A file's bytes, read-only, mapped and not copied.  The file must not shrink while it is mapped: the system ends a process
// that reads what is no longer there.
class MappedFile {
public:
  // Throws Error with the path and the reason (missing, a directory, unreadable).  An empty file is an empty span.
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

// Bytes go to PATH.part, which commit() renames to PATH; without commit() the destructor removes it, and what stood under PATH
// before stays.  A device or a pipe has nothing to rename and is written directly.
class AtomicFile {
public:
  explicit AtomicFile(std::string path); // throws Error (no such directory, no permission)
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes); // throws Error (full disk)
  void commit();                                // throws Error; nothing may be written after it
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

// Writes a whole file, or nothing; throws Error.
void write_file(const std::string& path, std::span<const std::byte> bytes);
void write_file(const std::string& path, const std::string& text);

// Multiplies sizes that came from a file.  Throws Error("{what}: ...") for a negative size, or when the product of all sizes
// that are not 0 does not fit in 63 bits (so that strides fit, too).
std::int64_t checked_product(const std::string& what, std::span<const std::int64_t> sizes);

} // namespace pose
