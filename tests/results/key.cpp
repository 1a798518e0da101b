// Tests keys: the same content and settings give the same key under any name, everything else another one.
// SPDX-License-Identifier: MIT
#include "results/key.h"

#include "tests/error_of.h"
#include "tests/ordinary_user.h"
#include "tests/temp_dir.h"

#include <set>
#include <span>
#include <string_view>

#include <sys/stat.h>

using namespace pose;
using namespace pose::testing;

TEST_CASE("a key depends on content and settings, not on the name") {
  const TempDir dir;
  const KeyMaker keys({{"conf", "0.05"}, {"flip", "false"}});
  write_bytes(dir / "a.jpg", "content");
  write_bytes(dir / "b.png", "content");
  write_bytes(dir / "c.jpg", "Content");
  const std::string key = keys.of(dir / "a.jpg");
  CHECK(key.size() == 16);
  CHECK(key.find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(key.starts_with(keys.settings_digits()));
  CHECK(keys.of(dir / "b.png") == key);
  CHECK(keys.of(dir / "c.jpg") != key);
  CHECK(keys.of(dir / "c.jpg").starts_with(keys.settings_digits()));
  CHECK(KeyMaker({{"flip", "false"}, {"conf", "0.05"}}).of(dir / "a.jpg") == key);
  CHECK(KeyMaker({{"conf", "0.06"}, {"flip", "false"}}).of(dir / "a.jpg") != key);
}

TEST_CASE("settings of any text are distinguished") {
  const std::vector<Settings> all = {{}, {{"a", ""}}, {{"", "a"}}, {{"a", "b"}}, {{"ab", ""}}, {{"a", "b\n1:c=1:d"}}, {{"a", "b"}, {"c", "d"}}};
  std::set<std::string> digits, keys;
  for (const Settings& settings : all) {
    digits.insert(KeyMaker(settings).settings_digits());
    keys.insert(KeyMaker(settings).of_text("x"));
  }
  CHECK(digits.size() == all.size());
  CHECK(keys.size() == all.size());
}

TEST_CASE("what is not a file has a key by its name") {
  const TempDir dir;
  const KeyMaker keys(Settings{});
  const std::set<std::string> different = {keys.of("rtsp://camera/1"), keys.of("rtsp://camera/2"), keys.of("-"), keys.of(dir / "none"),
                                           keys.of(dir.path().string())};
  CHECK(different.size() == 5);
  CHECK(keys.of("-") == keys.of_text("-"));
}

TEST_CASE("a large file is sampled: size, first and last bytes, and pieces between them") {
  constexpr std::size_t kPiece = std::size_t(1) << 20, kSize = 40 * kPiece + 17;
  const TempDir dir;
  const std::string path = dir / "clip.mp4";
  std::string bytes(kSize, 'a');
  std::set<std::uint64_t> hashes;
  const auto hash = [&] {
    write_bytes(path, bytes);
    return content_hash(path);
  };
  const std::uint64_t plain = hash();
  hashes.insert(plain);
  for (const std::size_t at : {std::size_t(0), kPiece - 1, kSize - kPiece, kSize - 1, (kSize - kPiece) / 15 * 7 + 3}) {
    bytes[at] = 'b';
    hashes.insert(hash());
    bytes[at] = 'a';
  }
  bytes += 'a';
  hashes.insert(hash());
  bytes.pop_back();
  CHECK(hashes.size() == 7);
  bytes[2 * kPiece] = 'b'; // between two pieces
  CHECK(hash() == plain);
}

TEST_CASE("a key is that of a file's bytes, and a file that cannot be read has one of its name, or none") {
  const TempDir dir;
  const KeyMaker keys(Settings{{"a", "b"}});
  const std::string path = dir / "clip.mp4";
  write_bytes(path, "bytes");
  const std::string_view bytes = "bytes";
  CHECK(keys.of_readable(path) == keys.of_content(content_hash(std::as_bytes(std::span(bytes)))));
  CHECK(keys.of_readable(path) == keys.of(path));
  CHECK(keys.of_readable(dir / "none") == keys.of_text(dir / "none"));
  REQUIRE(::chmod(path.c_str(), 0) == 0);
  REQUIRE(::chmod(dir.path().c_str(), 0755) == 0);
  const OrdinaryUser user;
  CHECK(error_of([&] { (void)keys.of_readable(path); }) == path + ": cannot be read: Permission denied");
  CHECK(keys.of(path) == keys.of_text(path));
}

TEST_CASE("content_hash reports what it cannot read") {
  const TempDir dir;
  CHECK(error_of([&] { content_hash(dir / "none"); }) == (dir / "none") + ": cannot be read: No such file or directory");
}
