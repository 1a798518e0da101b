// Tests paths that cannot be read or written, full disks, and that no partial file ever has the final name.
// SPDX-License-Identifier: MIT
#include "tensor/file.h"
#include "tensor/error.h"
#include "tests/ordinary_user.h"
#include "tests/temp_dir.h"

#include <doctest/doctest.h>

#include <csignal>
#include <limits>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace pose;
using namespace pose::testing;

namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

// Limits this process to a disk that is full after `bytes`.
class FullDisk {
public:
  explicit FullDisk(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  }
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

private:
  rlimit before_{};
};

} // namespace

TEST_CASE("a mapped file is the file's bytes") {
  const TempDir dir;
  const std::string text("one\0two", 7);
  write_bytes(dir / "f", text);
  const auto file = MappedFile::open(dir / "f");
  CHECK(std::string(reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size()) == text);
  const std::vector<std::byte> read = read_file(dir / "f");
  CHECK(std::string(reinterpret_cast<const char*>(read.data()), read.size()) == text);
  write_bytes(dir / "empty", "");
  CHECK(MappedFile::open(dir / "empty")->bytes().empty());
  CHECK(read_file(dir / "empty").empty());
}

TEST_CASE("an unreadable file is an error with path and reason") {
  const TempDir dir;
  CHECK_THROWS_WITH_AS(read_file(dir / "none"), doctest::Contains("none: cannot be read: No such file"), Error);
  CHECK_THROWS_WITH_AS(MappedFile::open(dir / "none"), doctest::Contains("none: cannot be read: No such file"), Error);
  CHECK_THROWS_WITH_AS(MappedFile::open(dir.path().string()), doctest::Contains("expected a file, found a directory"), Error);
  CHECK_THROWS_WITH_AS(MappedFile::open(""), doctest::Contains("No such file"), Error);
  REQUIRE(mkfifo((dir / "pipe").c_str(), 0600) == 0);
  CHECK_THROWS_WITH_AS(MappedFile::open(dir / "pipe"), doctest::Contains("found a device or pipe"), Error); // does not hang
  write_bytes(dir / "secret", "x");
  REQUIRE(chmod((dir / "secret").c_str(), 0) == 0);
  const OrdinaryUser user;
  CHECK_THROWS_WITH_AS(MappedFile::open(dir / "secret"), doctest::Contains("secret: cannot be read: Permission denied"), Error);
}

TEST_CASE("a file appears under its name at commit, not before") {
  const TempDir dir;
  write_bytes(dir / "f", "old");
  {
    AtomicFile file(dir / "f");
    file.write(bytes_of("new"));
    file.write(bytes_of(" text"));
    CHECK(file.size() == 8);
    CHECK(read_bytes(dir / "f") == "old");
    file.commit();
  }
  CHECK(read_bytes(dir / "f") == "new text");
  CHECK(dir.names() == std::vector<std::string>{"f"});
}

TEST_CASE("without commit no file is left and the old file stays") {
  const TempDir dir;
  write_bytes(dir / "f", "old");
  { AtomicFile(dir / "f").write(bytes_of("new")); }
  CHECK(read_bytes(dir / "f") == "old");
  CHECK(dir.names() == std::vector<std::string>{"f"});
}

TEST_CASE("a full disk is an error and leaves nothing, however late it is detected") {
  const TempDir dir;
  const std::string large(1 << 20, 'x');
  for (const rlim_t space : {0, 100, 1 << 19}) {
    {
      const FullDisk disk(space);
      CHECK_THROWS_WITH_AS(write_file(dir / "f", bytes_of(large)), doctest::Contains("f: cannot be written: File too large"), Error);
    }
    CHECK(dir.names().empty());
  }
  {
    const FullDisk disk(0); // one byte stays in the buffer until commit()
    CHECK_THROWS_AS(write_file(dir / "f", bytes_of("x")), Error);
  }
  CHECK(dir.names().empty());
  CHECK_THROWS_WITH_AS(write_file("/dev/full", bytes_of("x")), doctest::Contains("/dev/full: cannot be written: No space left"), Error);
}

TEST_CASE("a device is written in place, not replaced") {
  write_file("/dev/null", bytes_of("x"));
  struct stat info {};
  REQUIRE(stat("/dev/null", &info) == 0);
  CHECK(S_ISCHR(info.st_mode));
}

TEST_CASE("an unwritable file is an error with path and reason") {
  const TempDir dir;
  write_bytes(dir / "f", "x");
  CHECK_THROWS_WITH_AS(AtomicFile(dir / "none/f"), doctest::Contains("none/f: cannot be written: No such file"), Error);
  CHECK_THROWS_WITH_AS(AtomicFile(dir / "f/g"), doctest::Contains("Not a directory"), Error);
  CHECK_THROWS_WITH_AS(AtomicFile(dir.path().string()), doctest::Contains("Is a directory"), Error);
}

TEST_CASE("a file whose name became a directory meanwhile leaves nothing") {
  const TempDir dir;
  AtomicFile file(dir / "f");
  REQUIRE(std::filesystem::create_directory(dir / "f"));
  CHECK_THROWS_WITH_AS(file.commit(), doctest::Contains("Is a directory"), Error);
  CHECK(dir.names() == std::vector<std::string>{"f"});
}

TEST_CASE("products of sizes from files are checked for overflow") {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  const auto product = [](std::vector<std::int64_t> sizes) { return checked_product("f: t", sizes); };
  CHECK(product({}) == 1);
  CHECK(product({2, 3, 4}) == 24);
  CHECK(product({kMax, 1}) == kMax);
  CHECK(product({kMax, 0}) == 0);
  CHECK_THROWS_WITH_AS(product({3, -1}), doctest::Contains("f: t: expected sizes >= 0, found -1"), Error);
  CHECK_THROWS_AS(product({0, -1}), Error);
  CHECK_THROWS_WITH_AS(product({std::int64_t(1) << 32, std::int64_t(1) << 31}), doctest::Contains("f: t: expected a product below 2^63"), Error);
  // 2^64 + 4: wraps around to 4.
  CHECK_THROWS_AS(product({4, (std::int64_t(1) << 62) + 1}), Error);
  CHECK_THROWS_AS(product({0, kMax, kMax}), Error);
}
