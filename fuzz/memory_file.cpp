// Implements memory_file.h with memfd_create(2).
// SPDX-License-Identifier: MIT
#include "fuzz/memory_file.h"

#include "tensor/error.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace fs = std::filesystem;

namespace pose::fuzz {
namespace {

[[noreturn]] void fail_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

} // namespace

MemoryFile::MemoryFile(const std::string& link) : fd_(memfd_create("fuzz", MFD_CLOEXEC)) {
  if (fd_ < 0) fail_errno("memfd_create");
  path_ = "/proc/self/fd/" + std::to_string(fd_);
  if (link.empty()) return;
  folder_ = (fs::temp_directory_path() / "pose-fuzz-XXXXXX").string();
  if (mkdtemp(folder_.data()) == nullptr) fail_errno("mkdtemp");
  const std::string name = (fs::path(folder_) / link).string();
  fs::create_symlink(path_, name);
  path_ = name;
}

MemoryFile::~MemoryFile() {
  ::close(fd_);
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

const std::string& MemoryFile::write(View bytes) {
  if (ftruncate(fd_, 0) != 0) fail_errno("ftruncate");
  if (!bytes.empty() && pwrite(fd_, bytes.data(), bytes.size(), 0) != ssize_t(bytes.size())) fail_errno("pwrite");
  return path_;
}

} // namespace pose::fuzz
