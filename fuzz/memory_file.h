// MemoryFile: a file without a disk, for readers that take a path.
// SPDX-License-Identifier: MIT
#pragma once

#include "fuzz/target.h"

#include <string>

namespace pose::fuzz {

// A file in memory, and the name of a link to it.  Writing and mapping it takes a few microseconds.
class MemoryFile {
public:
  // link: the file's name in a temporary folder, for readers that look at names; "": /proc/self/fd/N
  explicit MemoryFile(const std::string& link = "");
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  // Replaces the contents.  Returns path().
  const std::string& write(View bytes);
  const std::string& path() const { return path_; }

private:
  int fd_ = -1;
  std::string path_, folder_;
};

} // namespace pose::fuzz
