// TemporaryFile: a file without its final name, in the folder where it will get one.
// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace pose {

class TemporaryFile {
public:
  // Creates a file without a name, which vanishes with this process however that ends.  Without a descriptor where the file system has none such.
  static TemporaryFile nameless(int folder);
  // Creates a file whose name begins like `name` and belongs to no other file and no other process.  Without a descriptor and with errno where the
  // folder cannot be written.
  static TemporaryFile named(int folder, const std::string& name);

  TemporaryFile() = default;
  TemporaryFile(TemporaryFile&& other) noexcept;
  TemporaryFile& operator=(TemporaryFile&& other) noexcept;
  ~TemporaryFile(); // removes the file, unless it has its final name

  bool is_open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; } // for reading and writing
  const std::string& name() const { return name_; }
  // Gives the file its final name; one of that name is replaced.  Returns 0, or errno.
  int rename_to(const std::string& name);

private:
  int folder_ = -1, descriptor_ = -1;
  std::string name_; // "": none
};

} // namespace pose
