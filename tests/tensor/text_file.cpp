// Tests read_text: byte order marks, UTF-16 in both byte orders, and files that are not text.
// SPDX-License-Identifier: MIT
#include "tensor/text_file.h"

#include "tests/error_of.h"
#include "tests/temp_dir.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::testing;

namespace {

using namespace std::string_literals;

std::string read_back(const std::string& bytes) {
  const TempDir dir;
  write_bytes(dir / "text", bytes);
  return read_text(dir / "text");
}

// Returns ASCII text as UTF-16.
std::string wide(const std::string& text, bool big_endian) {
  std::string bytes = big_endian ? "\xfe\xff" : "\xff\xfe";
  for (const char c : text) bytes += big_endian ? std::string{'\0', c} : std::string{c, '\0'};
  return bytes;
}

} // namespace

TEST_CASE("text is read without its byte order mark, and UTF-16 becomes UTF-8") {
  CHECK(read_back("") == "");
  CHECK(read_back("a.jpg\r\nb") == "a.jpg\r\nb");
  CHECK(read_back("\xef\xbb\xbf"
                  "a.jpg\n") == "a.jpg\n");
  for (const bool big_endian : {false, true}) {
    CHECK(read_back(wide("", big_endian)) == "");
    CHECK(read_back(wide("a.jpg\r\nb\r\n", big_endian)) == "a.jpg\r\nb\r\n");
  }
  CHECK(read_back("\xff\xfe\xe4\x00\xac\x20\x3d\xd8\x00\xde"s) == "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"); // 2, 3 and 4 bytes
  CHECK(read_back("\xff\xfe\xff\xfe"
                  "a\0"s) == "a"); // two marks
}

TEST_CASE("what is not text is an error that names the file") {
  for (const std::string& bytes : {"a\0"s, "\xef\xbb\xbf\0"s, "a\0b\0"s,
                                   "\xff\xfe"
                                   "a"s,
                                   "\xff\xfe\x00\xd8"s, "\xff\xfe\x00\xdc\x61\x00"s})
    CHECK(error_of([&] { read_back(bytes); }).find("text: expected UTF-8") != std::string::npos);
  CHECK(error_of([&] { read_text("/nowhere/at/all"); }).find("/nowhere/at/all") == 0);
  CHECK(error_of([&] { read_text("/"); }).find("/: expected a readable text file") == 0);
}
