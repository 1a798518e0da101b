// Tests mapped files that other processes cut off or write to while they are read.
// SPDX-License-Identifier: MIT
#include "tensor/error.h"
#include "tensor/file.h"
#include "tensor/text_file.h"
#include "tests/temp_dir.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <thread>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace pose;
using namespace pose::testing;

namespace {

constexpr std::size_t kPage = 4096;

std::size_t count(const MappedFile& file, std::byte value) {
  return std::size_t(std::count(file.bytes().begin(), file.bytes().end(), value));
}

} // namespace

TEST_CASE("bytes that a mapped file has lost are zeros, and an error at the end") {
  const TempDir dir;
  for (const std::size_t left : {std::size_t(0), std::size_t(1), kPage, kPage + 1, 3 * kPage - 1}) {
    write_bytes(dir / "f", std::string(3 * kPage, 'x'));
    const auto file = MappedFile::open(dir / "f");
    file->check();
    REQUIRE(truncate((dir / "f").c_str(), off_t(left)) == 0);
    CHECK(count(*file, std::byte('x')) == left);
    CHECK(count(*file, std::byte(0)) == 3 * kPage - left);
    CHECK_THROWS_WITH_AS(file->check(), doctest::Contains("f: expected 12288 bytes, found fewer: the file shrank"), Error);
  }
}

TEST_CASE("a file that is unlinked, replaced or grows stays readable") {
  const TempDir dir;
  write_bytes(dir / "f", std::string(2 * kPage, 'x'));
  const auto file = MappedFile::open(dir / "f");
  write_bytes(dir / "f", "other");
  CHECK(count(*file, std::byte('x')) == 2 * kPage);
  file->check_unchanged();
  const auto second = MappedFile::open(dir / "f");
  REQUIRE(truncate((dir / "f").c_str(), 100) == 0);
  second->check();
  CHECK_THROWS_WITH_AS(second->check_unchanged(), doctest::Contains("expected a file that does not change while it is read"), Error);
}

TEST_CASE("many files are guarded at a time, from many threads") {
  const TempDir dir;
  std::vector<std::thread> threads;
  std::atomic<int> errors{0};
  for (int t = 0; t < 8; t++) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; i++) {
        const std::string path = dir / fmt::format("{}-{}", t, i);
        write_bytes(path, std::string(4 * kPage, 'x'));
        const auto file = MappedFile::open(path), other = MappedFile::open(path);
        if (truncate(path.c_str(), 0) != 0 || count(*file, std::byte(0)) != 4 * kPage || count(*other, std::byte(0)) != 4 * kPage) errors++;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(errors == 0);
}

TEST_CASE("a file that is written while it is read is an error or whole") {
  const TempDir dir;
  const std::string path = dir / "f", whole(1 << 20, 'x');
  write_bytes(path, whole);
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    const Descriptor file(open(path.c_str(), O_WRONLY));
    while (!stop) {
      if (ftruncate(file.number(), 1000) != 0 || pwrite(file.number(), whole.data(), whole.size(), 0) != ssize_t(whole.size())) break;
    }
  });
  for (int i = 0; i < 400; i++) {
    try {
      const std::size_t size = i % 2 == 0 ? read_file(path).size() : read_text(path).size();
      CHECK((size == 1000 || size == whole.size()));
    } catch (const Error& e) {
      CHECK(std::string(e.what()) == path + ": expected a file that does not change while it is read, found one that did");
    }
  }
  stop = true;
  writer.join();
}

TEST_CASE("lost pages of other mappings still end the process") {
  const TempDir dir;
  write_bytes(dir / "f", std::string(kPage, 'x'));
  const auto file = MappedFile::open(dir / "f"); // installs the handler
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGALRM, SIG_DFL);
    alarm(20);
    close(STDERR_FILENO); // a sanitizer's report
    const int fd = open((dir / "f").c_str(), O_RDWR);
    const auto* bytes = static_cast<volatile char*>(mmap(nullptr, kPage, PROT_READ, MAP_SHARED, fd, 0));
    if (ftruncate(fd, 0) != 0) _exit(0);
    _exit(bytes[0] == 'x' ? 0 : 0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK((WIFSIGNALED(status) ? WTERMSIG(status) == SIGBUS : WEXITSTATUS(status) != 0));
}
