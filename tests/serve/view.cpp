// Tests serve/view.h: frames by line and by time, counts, the clip, and what is refused.
// SPDX-License-Identifier: MIT
#include "serve/view.h"

#include "results/jsonl.h"
#include "serve/http.h"
#include "tests/error_of.h"
#include "tests/serve/client.h"
#include "tests/serve/walkers.h"
#include "tests/temp_dir.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace pose::serve {
namespace {

using nlohmann::json;
using testing::contains;
using testing::error_of;
using testing::get;
using testing::Reply;
using testing::TempDir;
using testing::walkers;
using testing::write_bytes;

const std::string kClip = std::string("\0\0\0\x20"
                                      "ftypisom",
                                      12) +
                          "the frames of the clip";

Address address_of(const View& view) {
  return parse_address(view.url().substr(7, view.url().size() - 8));
}

std::string walk(int frames, const std::string& source) {
  std::string text;
  for (int i = 0; i < frames; i++) text += format_line(walkers(i, i % 4, source));
  return text;
}

TEST_CASE("frames come by line and by time, in limited replies" * doctest::skip(!serve_supported())) {
  const TempDir dir;
  write_bytes(dir / "r.jsonl", walk(1000, "walk.mp4"));
  const View view({.results = dir / "r.jsonl", .address = "127.0.0.1:0"});
  const Address address = address_of(view);
  const auto ask = [&](const std::string& target) { return json::parse(get(address, target).body); };

  CHECK(ask("/api/info") ==
        json::parse(R"({"mode":"view","file":"r.jsonl","broken":0,"sources":[{"name":"walk.mp4","images":false,"lines":1000}]})"));
  const json ten = ask("/api/frames?source=0&from=990&count=64");
  CHECK(ten["from"] == 990);
  REQUIRE(ten["frames"].size() == 10);
  CHECK(ten["frames"][9]["frame"] == 999);
  CHECK(ten["frames"][9]["people"].size() == 3);
  CHECK(ask("/api/frames?source=0&from=0&count=100000")["frames"].size() == 64);
  CHECK(ask("/api/frames?source=0&from=9223372036854775807&count=9223372036854775807")["frames"].empty());
  CHECK(ask("/api/frames?source=0&time=2.013&count=1")["from"] == 50);
  const json counts = ask("/api/counts?source=0");
  CHECK(counts["counts"].size() <= 400);
  CHECK(counts["counts"].size() > 300);
  CHECK(counts["counts"][1] == json::parse("[3,3]"));
  for (const char* bad : {"/api/frames?source=1&from=0&count=1", "/api/frames?source=-1&from=0&count=1", "/api/frames?source=0&from=0",
                          "/api/frames?source=0&time=nan&count=1", "/api/frames", "/api/counts?source=7", "/media?source=0&line=1000", "/media"}) {
    CAPTURE(bad);
    CHECK(get(address, bad).status == 400);
  }
  CHECK(contains(view.summary(), "1000 frames of 1 source, clip not found"));
}

TEST_CASE("only the clip of the results is served" * doctest::skip(!serve_supported())) {
  const TempDir dir;
  write_bytes(dir / "secret.txt", "secret");
  write_bytes(dir / "walk.mp4", kClip);
  write_bytes(dir / "r.jsonl", walk(3, "gone/walk.mp4") + walk(3, dir / "secret.txt"));
  const View view({.results = dir / "r.jsonl", .address = "127.0.0.1:0"});
  const Address address = address_of(view);
  const Reply clip = get(address, "/media?source=0&line=2");
  CHECK(clip.body == kClip);
  CHECK(clip.header("Content-Type") == "video/mp4");
  const Reply part = get(address, "/media?source=0&line=0", "Range: bytes=4-7\r\n");
  CHECK(part.status == 206);
  CHECK(part.body == "ftyp");
  CHECK(get(address, "/media?source=1&line=0").status == 204);
  for (const char* path : {"/secret.txt", "/../secret.txt", "/%2e%2e/secret.txt", "/media/../../secret.txt", "//secret.txt"})
    CHECK(get(address, path).status == 404);
}

TEST_CASE("--clip names the clip" * doctest::skip(!serve_supported())) {
  const TempDir dir;
  write_bytes(dir / "other.mp4", kClip);
  write_bytes(dir / "r.jsonl", walk(3, "walk.mp4"));
  write_bytes(dir / "text", "text");
  const View view({.results = dir / "r.jsonl", .clip = dir / "other.mp4", .address = "127.0.0.1:0"});
  CHECK(get(address_of(view), "/media?source=0&line=0").body == kClip);
  CHECK(
      contains(error_of([&] { View wrong({.results = dir / "r.jsonl", .clip = dir / "text", .address = "127.0.0.1:0"}); }), "text: expected a clip"));
}

TEST_CASE("results may grow, and broken lines become frames with an error" * doctest::skip(!serve_supported())) {
  const TempDir dir;
  write_bytes(dir / "r.jsonl", walk(2, "walk.mp4"));
  const View view({.results = dir / "r.jsonl", .address = "127.0.0.1:0"});
  const Address address = address_of(view);
  std::ofstream(dir / "r.jsonl", std::ios::app) << format_line(walkers(2, 1)) << R"({"schema":1,"source":"walk.mp4","time":9,"people":7})"
                                                << "\n{]\n";
  const json info = json::parse(get(address, "/api/info").body);
  CHECK(info["sources"][0]["lines"] == 4);
  CHECK(info["broken"] == 1);
  const json frames = json::parse(get(address, "/api/frames?source=0&from=2&count=2").body)["frames"];
  CHECK(frames[0]["error"] == "");
  CHECK(contains(frames[1]["error"], "r.jsonl"));
}

TEST_CASE("an image source is its file" * doctest::skip(!serve_supported())) {
  const TempDir dir;
  write_bytes(dir / "a.jpg", "\xff\xd8\xff\xe0 image");
  FrameResult photo = walkers(0, 1, "photos/a.jpg");
  photo.time.reset();
  write_bytes(dir / "r.jsonl", format_line(photo));
  const View view({.results = dir / "r.jsonl", .address = "127.0.0.1:0"});
  const Reply reply = get(address_of(view), "/media?source=0&line=0");
  CHECK(reply.header("Content-Type") == "image/jpeg");
  CHECK(contains(reply.body, "image"));
}

} // namespace
} // namespace pose::serve
