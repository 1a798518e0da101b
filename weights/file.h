// MappedFile: a file's bytes, read-only; whole-file writing that never leaves half a file behind.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace pose {

// Maps the file; throws Error with the path and the reason (missing, a directory, unreadable).  An empty file is an empty span.
class MappedFile {
public:
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

// Multiplies sizes that came from a file; throws Error("{what}: ...") when the product does not fit in 63 bits.
std::int64_t checked_product(const std::string& what, std::span<const std::int64_t> sizes);

} // namespace pose
