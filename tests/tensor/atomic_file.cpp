// Tests where the bytes of an output go: links, devices, descriptors, long names, files that cannot be replaced, two writers.
// SPDX-License-Identifier: MIT
#include "tensor/descriptor.h"
#include "tensor/error.h"
#include "tensor/file.h"
#include "tests/ordinary_user.h"
#include "tests/temp_dir.h"

#include <doctest/doctest.h>

#include <thread>

#include <fcntl.h>
#include <sys/stat.h>

using namespace pose;
using namespace pose::testing;
namespace fs = std::filesystem;

namespace {

mode_t mode_of(const std::string& path) {
  struct stat info {};
  REQUIRE(stat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

} // namespace

TEST_CASE("a symbolic link is followed and kept") {
  const TempDir dir;
  fs::create_directory(dir / "far");
  write_bytes(dir / "far/old", "old");
  fs::create_symlink("far/old", dir / "link");
  fs::create_symlink("link", dir / "second");
  fs::create_symlink("far/new", dir / "dangling");
  fs::create_directory_symlink("far", dir / "folder");
  for (const char* name : {"link", "second", "dangling", "folder/old"}) {
    write_file(dir / name, std::string(name));
    CHECK(read_bytes(dir / name) == name);
  }
  CHECK(fs::is_symlink(dir / "link"));
  CHECK(fs::is_symlink(dir / "second"));
  CHECK(fs::is_symlink(dir / "dangling"));
  CHECK(fs::is_symlink(dir / "folder"));
  CHECK(read_bytes(dir / "far/new") == "dangling");
  CHECK(dir.names() == std::vector<std::string>{"dangling", "far", "folder", "link", "second"});
  fs::create_symlink("b", dir / "a");
  fs::create_symlink("a", dir / "b");
  CHECK_THROWS_WITH_AS(AtomicFile(dir / "a"), doctest::Contains("a: cannot be written: Too many levels of symbolic links"), Error);
}

TEST_CASE("the name of an open descriptor writes to it, at its place") {
  const TempDir dir;
  const Descriptor file(::open((dir / "f").c_str(), O_CREAT | O_WRONLY, 0600));
  REQUIRE(::write(file.number(), "one ", 4) == 4);
  fs::create_symlink(fmt::format("/proc/self/fd/{}", file.number()), dir / "link");
  write_file(dir / "link", std::string("two "));
  write_file(fmt::format("/dev/fd/{}", file.number()), std::string("three"));
  CHECK(read_bytes(dir / "f") == "one two three");
  CHECK(fs::is_symlink(dir / "link"));
  CHECK(place_of("/dev/stdout").descriptor == 1);
  CHECK(place_of("/dev/null").descriptor == -1);
  const Descriptor read_only(::open((dir / "f").c_str(), O_RDONLY));
  CHECK_THROWS_WITH_AS(write_file(fmt::format("/dev/fd/{}", read_only.number()), std::string("x")), doctest::Contains("Bad file descriptor"), Error);
  CHECK_THROWS_WITH_AS(write_file("/dev/fd/987", std::string("x")), doctest::Contains("Bad file descriptor"), Error);
}

TEST_CASE("a pipe gets the bytes") {
  const TempDir dir;
  REQUIRE(mkfifo((dir / "pipe").c_str(), 0600) == 0);
  std::string found;
  std::thread reader([&] { found = read_bytes(dir / "pipe"); });
  write_file(dir / "pipe", std::string("text"));
  reader.join();
  CHECK(found == "text");
  CHECK(fs::is_fifo(dir / "pipe"));
}

TEST_CASE("a replaced file keeps its permissions, and its other names their bytes") {
  const TempDir dir;
  for (const mode_t mode : {0600, 0640, 0666}) {
    write_bytes(dir / "f", "old");
    REQUIRE(chmod((dir / "f").c_str(), mode) == 0);
    write_file(dir / "f", std::string("new"));
    CHECK(mode_of(dir / "f") == mode);
  }
  fs::create_hard_link(dir / "f", dir / "other");
  write_file(dir / "f", std::string("newer"));
  CHECK(read_bytes(dir / "f") == "newer");
  CHECK(read_bytes(dir / "other") == "new");
}

TEST_CASE("names have up to 255 bytes") {
  const TempDir dir;
  const std::string longest(255, 'x');
  write_file(dir / longest, std::string("text"));
  write_file(dir / longest, std::string("again"));
  CHECK(dir.names() == std::vector<std::string>{longest});
  CHECK_THROWS_WITH_AS(AtomicFile(dir / (longest + "x")), doctest::Contains("File name too long"), Error); // before anything is written
}

TEST_CASE("two writers of one name do not disturb each other") {
  const TempDir dir;
  AtomicFile first(dir / "f"), second(dir / "f");
  const std::string a(100000, 'a'), b(50000, 'b');
  first.write(std::as_bytes(std::span(a)));
  second.write(std::as_bytes(std::span(b)));
  first.commit();
  CHECK(read_bytes(dir / "f") == a);
  second.commit();
  CHECK(read_bytes(dir / "f") == b);
  CHECK(dir.names() == std::vector<std::string>{"f"});
}

TEST_CASE("a file that is no output keeps a name that ends in .part") {
  const TempDir dir;
  write_bytes(dir / "f.part", "of the user");
  write_file(dir / "f", std::string("text"));
  CHECK(read_bytes(dir / "f.part") == "of the user");
}

TEST_CASE("a file in a folder that cannot be written is overwritten, at the end") {
  const TempDir dir;
  write_bytes(dir / "f", "a longer old text");
  REQUIRE(chmod((dir / "f").c_str(), 0666) == 0);
  REQUIRE(chmod(dir.path().c_str(), 0555) == 0);
  {
    const OrdinaryUser user;
    { AtomicFile(dir / "f").write(std::as_bytes(std::span("lost", 4))); }
    CHECK(read_bytes(dir / "f") == "a longer old text");
    write_file(dir / "f", std::string("new"));
    CHECK(read_bytes(dir / "f") == "new");
    CHECK_THROWS_WITH_AS(AtomicFile(dir / "g"), doctest::Contains("g: cannot be written: Permission denied"), Error);
  }
  REQUIRE(chmod(dir.path().c_str(), 0755) == 0);
}

TEST_CASE("a temporary file with a name belongs to one writer and vanishes with it") {
  const TempDir dir;
  const Descriptor folder(::open(dir.path().c_str(), O_PATH | O_DIRECTORY));
  const std::string name = std::string(250, 'x') + "\xc3\xa4"; // a UTF-8 character is not cut
  {
    TemporaryFile a = TemporaryFile::named(folder.number(), name), b = TemporaryFile::named(folder.number(), name);
    REQUIRE(a.is_open());
    REQUIRE(b.is_open());
    CHECK(a.name() != b.name());
    CHECK(a.name().size() <= kLongestName);
    CHECK(a.rename_to("f") == 0);
    CHECK(dir.names().size() == 2);
  }
  CHECK(dir.names() == std::vector<std::string>{"f"});
  TemporaryFile nameless = TemporaryFile::nameless(folder.number());
  if (!nameless.is_open()) return; // this file system has none
  CHECK(dir.names() == std::vector<std::string>{"f"});
  CHECK(nameless.rename_to("f") == 0);
  CHECK(dir.names() == std::vector<std::string>{"f"});
}

TEST_CASE("stems that are too long for a name are shortened and stay different") {
  CHECK(fitting_name("a", ".mp4") == "a.mp4");
  CHECK(fitting_name(std::string(251, 'x'), ".mp4").size() == 255);
  const std::string a = fitting_name(std::string(255, 'x') + "a", ".mp4"), b = fitting_name(std::string(255, 'x') + "b", ".mp4");
  CHECK(a.size() == 255);
  CHECK(a != b);
  std::string wide;
  while (wide.size() < 300) wide += "\xe2\x82\xac";
  const std::string cut = fitting_name(wide, ".mp4");
  CHECK(cut.substr(0, cut.find('~')).size() % 3 == 0);
}
