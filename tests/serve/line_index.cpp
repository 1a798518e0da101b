// Tests serve/line_index.h and serve/media.h.
// SPDX-License-Identifier: MIT
#include "serve/line_index.h"

#include "results/jsonl.h"
#include "serve/media.h"
#include "tests/error_of.h"
#include "tests/serve/walkers.h"
#include "tests/temp_dir.h"

#include <doctest/doctest.h>

#include <fstream>

namespace pose::serve {
namespace {

using testing::contains;
using testing::error_of;
using testing::TempDir;
using testing::walkers;
using testing::write_bytes;

TEST_CASE("the start of a line gives source and time") {
  const auto head = head_of_line(R"({"schema":1,"source":"a\nb","frame":3,"time":1.5,"people":[ this is not read)");
  REQUIRE(head);
  CHECK(head->source == "a\nb");
  CHECK(head->time == 1.5);
  CHECK(head_of_line(R"({"source":"x","time":null})")->time == std::nullopt);
  CHECK(head_of_line(R"({"people":[{"source":"inner","time":7}],"time":2,"source":"x"})")->source == "x");
  CHECK(head_of_line(R"({"people":[{"source":"inner","time":7}],"time":2,"source":"x"})")->time == 2);
  CHECK(head_of_line(R"({"source":"x"})")->time == std::nullopt);
  for (const std::string bad :
       {"", "x", "[]", "{}", "3", R"({"source":3,"time":1})", R"({"source":"x)", R"([{"source":"x","time":1}])", R"({"time":1})"}) {
    CAPTURE(bad);
    CHECK(!head_of_line(bad));
  }
  CHECK(!head_of_line(R"({"source":"x"})" + std::string(1, '\0')));
  CHECK(!head_of_line("{\"a\":" + std::string(1000000, '[')));
}

TEST_CASE("lines are found by source and number, while the file grows") {
  const TempDir dir;
  const std::string path = dir / "r.jsonl";
  std::ofstream out(path, std::ios::binary);
  for (int i = 0; i < 100; i++) {
    out << format_line(walkers(i, 1, "a.mp4"));
    if (i % 2 == 0) out << format_line(walkers(i, 2, "b.mp4"));
  }
  FrameResult photo = walkers(0, 3, "one.jpg");
  photo.time.reset();
  out << format_line(photo) << "\n";
  photo.source = "two.jpg";
  const std::string last = format_line(photo);
  out << last.substr(0, 50) << std::flush;

  LineIndex index(path);
  auto sources = index.sources();
  REQUIRE(sources.size() == 3);
  CHECK(sources[0].name == "a.mp4");
  CHECK(sources[0].lines == 100);
  CHECK(sources[1].lines == 50);
  CHECK(sources[2].images);
  CHECK(sources[2].lines == 1);
  CHECK(parse_line(index.line(1, 7), "line").frame == 14);
  CHECK(index.line_at(1, 14 / 25.0) == 7);
  CHECK(index.line_at(1, 15.9 / 25.0) == 7);
  CHECK(index.line_at(1, -5) == 0);
  CHECK(index.line_at(1, 1e300) == 49);

  out << last.substr(50) << std::flush;
  index.update();
  CHECK(index.sources()[2].lines == 2);
  CHECK(parse_line(index.line(2, 1), "line").source == "two.jpg");
  CHECK(index.broken() == 0);
  CHECK_THROWS_AS(index.line(0, 100), DataError);
  CHECK_THROWS_AS(index.line(3, 0), DataError);
  CHECK_THROWS_AS(index.line_at(3, 0), DataError);

  std::filesystem::resize_file(path, 0);
  out.close();
  index.update();
  CHECK(index.sources().empty());
}

TEST_CASE("broken and endless lines are counted and skipped") {
  const TempDir dir;
  const std::string path = dir / "r.jsonl", good = format_line(walkers(1, 1));
  write_bytes(path, good + "garbage\n" + good + std::string(LineIndex::kMaxLine + (3 << 20), 'x') + "\n" + good + "\n\n");
  const LineIndex index(path);
  REQUIRE(index.sources().size() == 1);
  CHECK(index.sources()[0].lines == 3);
  CHECK(index.broken() == 2);
  for (int i = 0; i < 3; i++) CHECK(index.line(0, i) + "\n" == good);
}

TEST_CASE("files without results are refused with one line, an empty one may still grow") {
  const TempDir dir;
  CHECK(contains(error_of([&] { LineIndex index(dir / "none"); }), "none: expected a readable results file: No such file"));
  CHECK(contains(error_of([&] { LineIndex index(dir.path().string()); }), "expected a regular file of results"));
  write_bytes(dir / "text", "hello\nworld\n");
  CHECK(contains(error_of([&] { LineIndex index(dir / "text"); }), "text: expected lines of JSON with the results of frames, found other data"));
  write_bytes(dir / "empty", "");
  CHECK(LineIndex(dir / "empty").sources().empty());
}

TEST_CASE("only files that begin as a clip or an image are media") {
  const TempDir dir;
  const auto type_of = [&](const std::string& bytes) {
    write_bytes(dir / "file", bytes);
    return media_type(dir / "file");
  };
  CHECK(type_of(std::string("\0\0\0\x20"
                            "ftypisom",
                            12)) == "video/mp4");
  CHECK(type_of("\x1a\x45\xdf\xa3rest") == "video/webm");
  CHECK(type_of("RIFF1234AVI LIST") == "video/x-msvideo");
  CHECK(type_of("G" + std::string(187, 'x') + "G") == "video/mp2t");
  CHECK(type_of("\xff\xd8\xff\xe0") == "image/jpeg");
  CHECK(type_of("\x89PNG\r\n\x1a\n") == "image/png");
  for (const std::string other : {"", "root:x:0:0", "-----BEGIN OPENSSH PRIVATE KEY-----", "<html>", "ftyp"}) CHECK(type_of(other).empty());
  CHECK(type_of(std::string(188, 'x') + "G").empty());
  CHECK(media_type(dir / "none").empty());
  CHECK(media_type(dir.path().string()).empty());

  write_bytes(dir / "clip.mp4", std::string("\0\0\0\x20"
                                            "ftypisom",
                                            12));
  CHECK(find_media(dir / "clip.mp4", "elsewhere/r.jsonl") == dir / "clip.mp4");
  CHECK(find_media("gone/clip.mp4", dir / "r.jsonl") == dir / "clip.mp4");
  CHECK(find_media("gone/other.mp4", dir / "r.jsonl").empty());
  CHECK(find_media(std::string("clip.mp4\0x", 10), dir / "r.jsonl").empty());
  CHECK(find_media("", dir / "r.jsonl").empty());
}

} // namespace
} // namespace pose::serve
