// Implements temporary_file.h.
// SPDX-License-Identifier: MIT
#include "tensor/temporary_file.h"

#include "tensor/place.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <utility>

namespace pose {
namespace {

constexpr mode_t kMode = 0666; // before umask
constexpr int kTries = 100;

// Returns a name that no other process chooses, of at most kLongestName bytes.
std::string random_name(const std::string& like) {
  std::uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != sizeof number) number = std::uint64_t(::getpid());
  const std::string ending = fmt::format(".{:016x}.part", number);
  return shortened(like, kLongestName - ending.size()) + ending;
}

// Sets `name` to random names and calls f() until none exists.  Leaves "", with errno, where it fails.  After f() made the file nothing can fail.
void find_new_name(std::string& name, const std::string& like, const std::function<bool()>& f) {
  for (int i = 0; i < kTries; i++) {
    name.clear(); // it belongs to another process
    name = random_name(like);
    if (f()) return;
    if (errno != EEXIST) break;
  }
  name.clear();
}

} // namespace

TemporaryFile::TemporaryFile(TemporaryFile&& other) noexcept {
  *this = std::move(other);
}

TemporaryFile& TemporaryFile::operator=(TemporaryFile&& other) noexcept {
  std::swap(folder_, other.folder_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(name_, other.name_);
  return *this;
}

TemporaryFile::~TemporaryFile() {
  if (!name_.empty()) ::unlinkat(folder_, name_.c_str(), 0);
  if (descriptor_ >= 0) ::close(descriptor_);
}

TemporaryFile TemporaryFile::nameless(int folder) {
  TemporaryFile file;
  file.folder_ = folder;
  if (::access("/proc/self/fd", X_OK) == 0) file.descriptor_ = ::openat(folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, kMode); // see rename_to()
  return file;
}

TemporaryFile TemporaryFile::named(int folder, const std::string& name) {
  TemporaryFile file;
  file.folder_ = folder;
  find_new_name(file.name_, name, [&] {
    file.descriptor_ = ::openat(folder, file.name_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kMode);
    return file.is_open();
  });
  return file;
}

int TemporaryFile::rename_to(const std::string& name) {
  if (name_.empty()) { // a link cannot replace a file: rename() can
    const std::string open = fmt::format("/proc/self/fd/{}", descriptor_);
    find_new_name(name_, name, [&] { return ::linkat(AT_FDCWD, open.c_str(), folder_, name_.c_str(), AT_SYMLINK_FOLLOW) == 0; });
    if (name_.empty()) return errno;
  }
  if (::renameat(folder_, name_.c_str(), folder_, name.c_str()) != 0) return errno;
  name_.clear();
  return 0;
}

} // namespace pose
