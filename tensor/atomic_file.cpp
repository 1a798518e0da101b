// Implements AtomicFile of file.h.
// SPDX-License-Identifier: MIT
#include "tensor/file.h"

#include "tensor/error.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace pose {
namespace {

constexpr int kPermissions = 07777;

// Gives the new file the permissions and, where this process may, the owner of the old one.
void keep_permissions(int descriptor, const struct stat& old) {
  struct stat own {};
  const bool other_owner = ::fstat(descriptor, &own) == 0 && (own.st_uid != old.st_uid || own.st_gid != old.st_gid);
  const bool kept = !other_owner || ::fchown(descriptor, old.st_uid, old.st_gid) == 0;
  const mode_t of_owner = 0777; // without setuid and the like for another owner
  (void)::fchmod(descriptor, old.st_mode & (kept ? mode_t(kPermissions) : of_owner));
}

// Writes all bytes.  Returns 0, or errno.
int write_all(int descriptor, const char* bytes, std::size_t size) {
  for (std::size_t done = 0; done < size;) {
    const ssize_t n = ::write(descriptor, bytes + done, size - done);
    if (n < 0 && errno != EINTR) return errno;
    if (n == 0) return EIO;
    if (n > 0) done += std::size_t(n);
  }
  return 0;
}

} // namespace

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)), place_(place_of(path_)) {
  struct stat info {};
  if (place_.descriptor >= 0) {
    open_directly(::fcntl(place_.descriptor, F_DUPFD_CLOEXEC, 0));
  } else if (::stat(place_.path().c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    if (S_ISDIR(info.st_mode)) fail_errno(EISDIR);
    open_directly(::open(place_.path().c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  } else {
    open_beside(place_);
  }
}

AtomicFile::~AtomicFile() {
  if (file_ != nullptr) std::fclose(file_);
}

void AtomicFile::open_directly(int descriptor) {
  file_ = descriptor >= 0 ? ::fdopen(descriptor, "w") : nullptr; // which also refuses a descriptor that is open for reading only
  if (file_ != nullptr) return;
  const int error = errno == EINVAL ? EBADF : errno;
  if (descriptor >= 0) ::close(descriptor);
  fail_errno(error);
}

void AtomicFile::open_beside(const OutputPlace& place) {
  folder_ = Descriptor(::open(place.folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder_.is_open()) fail_errno(errno);
  if (place.name.size() > kLongestName) fail_errno(ENAMETOOLONG);
  temporary_ = TemporaryFile::nameless(folder_.number());
  if (!temporary_.is_open()) temporary_ = TemporaryFile::named(folder_.number(), place.name);
  beside_ = temporary_.is_open();
  if (!beside_) { // a folder without permission; a file in it may be writable
    const int error = errno;
    const Descriptor old(::open(place.path().c_str(), O_WRONLY | O_CLOEXEC));
    std::error_code none;
    const std::string other = std::filesystem::temp_directory_path(none).string();
    const Descriptor elsewhere(old.is_open() ? ::open(other.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC) : -1);
    if (elsewhere.is_open()) temporary_ = TemporaryFile::nameless(elsewhere.number());
    if (!temporary_.is_open()) fail_errno(error);
  }
  struct stat old {};
  if (::fstatat(folder_.number(), place.name.c_str(), &old, 0) == 0) keep_permissions(temporary_.descriptor(), old);
  const int copy = ::fcntl(temporary_.descriptor(), F_DUPFD_CLOEXEC, 0);
  file_ = copy >= 0 ? ::fdopen(copy, "w") : nullptr;
  if (file_ == nullptr) fail_errno(errno);
}

void AtomicFile::fail_errno(int error) const {
  fail("{}: cannot be written: {}", path_, std::generic_category().message(error));
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  if (!bytes.empty() && std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) fail_errno(errno);
  size_ += std::int64_t(bytes.size());
}

void AtomicFile::commit() {
  // fclose first: network file systems report a full disk only there.
  int error = std::fclose(std::exchange(file_, nullptr)) != 0 ? errno : 0;
  if (error == 0 && temporary_.is_open()) error = replace();
  temporary_ = TemporaryFile();
  if (error != 0) fail_errno(error);
}

// Returns 0, or errno.
int AtomicFile::replace() {
  if (!beside_) return overwrite();
  const int error = temporary_.rename_to(place_.name);
  return error == EBUSY || error == EXDEV ? overwrite() : error; // a file that is a mount point, as containers have it
}

// Copies the bytes into the file that exists.  Returns 0, or errno.
int AtomicFile::overwrite() const {
  const Descriptor to(::open(place_.path().c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  if (!to.is_open()) return errno;
  std::array<char, 1 << 16> block{};
  for (off_t at = 0;;) {
    const ssize_t n = ::pread(temporary_.descriptor(), block.data(), block.size(), at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n < 0 ? errno : 0;
    if (const int error = write_all(to.number(), block.data(), std::size_t(n)); error != 0) return error;
    at += n;
  }
}

} // namespace pose
