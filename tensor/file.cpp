// Implements file.h: reading, memory mapping, checked size products.
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

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

struct OpenFile {
  Descriptor descriptor;
  std::size_t size;
  std::int64_t changed; // when it was written last
};

[[noreturn]] void fail_changed(const std::string& path) {
  fail("{}: expected a file that does not change while it is read, found one that did", path);
}

void check_unchanged(int descriptor, std::size_t size, std::int64_t changed, const std::string& path) {
  struct stat now {};
  if (fstat(descriptor, &now) != 0) fail("{}: cannot be read: {}", path, reason(errno));
  if (std::size_t(now.st_size) != size || nanoseconds(now.st_mtim) != changed) fail_changed(path);
}

// Opens a regular file for reading.
OpenFile open_file(const std::string& path) {
  // O_NONBLOCK: opening a pipe without a writer must not hang.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info {};
  if (!file.is_open() || fstat(file.number(), &info) != 0) fail("{}: cannot be read: {}", path, reason(errno));
  if (S_ISDIR(info.st_mode)) fail("{}: expected a file, found a directory", path);
  if (!S_ISREG(info.st_mode)) fail("{}: expected a regular file, found a device or pipe", path);
  return {std::move(file), std::size_t(info.st_size), nanoseconds(info.st_mtim)};
}

// Reads `to.size()` bytes, from the start of the file.
void read_bytes(const OpenFile& file, std::span<std::byte> to, const std::string& path) {
  for (std::size_t done = 0; done < to.size();) {
    const ssize_t n = ::pread(file.descriptor.number(), to.data() + done, to.size() - done, off_t(done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("{}: cannot be read: {}", path, reason(errno));
    if (n == 0) fail_changed(path);
    done += std::size_t(n);
  }
  check_unchanged(file.descriptor.number(), file.size, file.changed, path);
}

} // namespace

std::shared_ptr<const MappedFile> MappedFile::open(const std::string& path) {
  OpenFile file = open_file(path);
  std::shared_ptr<MappedFile> mapped(new MappedFile);
  mapped->path_ = path;
  mapped->changed_ = file.changed;
  if (file.size == 0) return mapped; // mmap refuses an empty range
  void* p = mmap(nullptr, file.size, PROT_READ, MAP_PRIVATE, file.descriptor.number(), 0);
  if (p == MAP_FAILED) fail("{}: cannot be mapped: {}", path, reason(errno));
  mapped->descriptor_ = std::move(file.descriptor);
  mapped->data_ = static_cast<const std::byte*>(p);
  mapped->size_ = file.size;
  mapped->guard_.emplace(mapped->data_, file.size);
  if (!mapped->guard_->is_on()) fail("{}: cannot be mapped: expected fewer files that are mapped at a time", path);
  return mapped;
}

MappedFile::~MappedFile() {
  guard_.reset();
  if (data_ != nullptr) munmap(const_cast<std::byte*>(data_), size_);
}

void MappedFile::check() const {
  struct stat now {};
  const bool lost = guard_ && (guard_->lost() || fstat(descriptor_.number(), &now) != 0 || std::size_t(now.st_size) < size_);
  if (lost) fail("{}: expected {} bytes, found fewer: the file shrank while it was read, or its disk failed", path_, size_);
}

void MappedFile::check_unchanged() const {
  check();
  if (guard_) pose::check_unchanged(descriptor_.number(), size_, changed_, path_);
}

std::vector<std::byte> read_file(const std::string& path) {
  const OpenFile file = open_file(path);
  std::vector<std::byte> bytes(file.size);
  read_bytes(file, bytes, path);
  return bytes;
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
