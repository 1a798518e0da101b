// Implements file.h: memory mapping, atomic replacement, checked size products.
// SPDX-License-Identifier: MIT
#include "tensor/file.h"

#include "tensor/error.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace pose {

namespace {

std::string reason(int error) {
  return std::generic_category().message(error);
}

struct Descriptor {
  int fd;
  explicit Descriptor(int descriptor) : fd(descriptor) {}
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
};

} // namespace

std::shared_ptr<const MappedFile> MappedFile::open(const std::string& path) {
  // O_NONBLOCK: opening a pipe without a writer must not hang.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info {};
  if (file.fd < 0 || fstat(file.fd, &info) != 0) fail("{}: cannot be read: {}", path, reason(errno));
  if (S_ISDIR(info.st_mode)) fail("{}: expected a file, found a directory", path);
  if (!S_ISREG(info.st_mode)) fail("{}: expected a regular file, found a device or pipe", path);

  std::shared_ptr<MappedFile> mapped(new MappedFile);
  const auto size = std::size_t(info.st_size);
  if (size == 0) return mapped; // mmap refuses an empty range
  void* p = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.fd, 0);
  if (p == MAP_FAILED) fail("{}: cannot be mapped: {}", path, reason(errno));
  mapped->data_ = static_cast<const std::byte*>(p);
  mapped->size_ = size;
  return mapped;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(const_cast<std::byte*>(data_), size_);
}

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)) {
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::status(path_, ignored);
  if (std::filesystem::is_directory(status)) fail("{}: cannot be written: {}", path_, reason(EISDIR));
  open_path_ = std::filesystem::is_other(status) ? path_ : path_ + ".part";
  file_ = std::fopen(open_path_.c_str(), "wbe");
  if (file_ == nullptr) fail_errno(errno);
}

AtomicFile::~AtomicFile() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  discard();
}

void AtomicFile::discard() const {
  if (open_path_ != path_) std::remove(open_path_.c_str());
}

void AtomicFile::fail_errno(int error) const {
  fail("{}: cannot be written: {}", open_path_, reason(error));
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  if (!bytes.empty() && std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) fail_errno(errno);
  size_ += std::int64_t(bytes.size());
}

void AtomicFile::commit() {
  // fclose first: network file systems report a full disk only there.
  bool ok = std::fclose(std::exchange(file_, nullptr)) == 0;
  if (ok && open_path_ != path_) ok = std::rename(open_path_.c_str(), path_.c_str()) == 0;
  if (ok) return;
  const int error = errno;
  discard();
  fail_errno(error);
}

void write_file(const std::string& path, std::span<const std::byte> bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

void write_file(const std::string& path, const std::string& text) {
  write_file(path, std::as_bytes(std::span(text)));
}

std::int64_t checked_product(const std::string& what, std::span<const std::int64_t> sizes) {
  std::int64_t product = 1;
  bool empty = false;
  for (const std::int64_t size : sizes) {
    if (size < 0) fail("{}: expected sizes >= 0, found {}", what, size);
    empty = empty || size == 0;
    if (size != 0 && __builtin_mul_overflow(product, size, &product))
      fail("{}: expected a product below 2^63, found [{}]", what, fmt::join(sizes, ", "));
  }
  return empty ? 0 : product;
}

void make_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!std::filesystem::is_directory(path)) {
    fail<InputError>("{}: expected a folder that can be written: {}", path, error ? error.message() : "it is a file");
  }
}

} // namespace pose
