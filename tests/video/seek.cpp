// Tests start, end and step: the same frames, times and indices as without them.
// SPDX-License-Identifier: MIT
#include "tests/temp_dir.h"
#include "tests/video/clips.h"

#include <doctest/doctest.h>

#include <cstdint>

using namespace pose;
using namespace pose::testing;

namespace {

// Compares the selected frames with those chosen from all frames.
void check_selection(const std::string& path, const VideoOptions& options) {
  const Seen all = read_all(path), part = read_all(path, options);
  CHECK(part.error == "");
  std::size_t at = 0;
  std::int64_t count = 0;
  for (std::size_t i = 0; i < all.times.size(); ++i) {
    if (all.times[i] < options.start - 1e-6 || all.times[i] >= options.end - 1e-6 || count++ % options.step != 0) continue;
    REQUIRE(at < part.times.size());
    CHECK(part.numbers[at] == all.numbers[i]);
    CHECK(part.indices[at] == all.indices[i]);
    CHECK(part.times[at] == doctest::Approx(all.times[i]).epsilon(1e-9));
    ++at;
  }
  CHECK(part.times.size() == at);
}

} // namespace

TEST_CASE("start, end and step choose exactly the frames that decoding everything would choose") {
  const TempDir dir;
  std::vector<std::int64_t> uneven;
  for (int i = 0; i < 100; ++i) uneven.push_back(i * 37 + i * i % 20);
  for (const char* name : {"a.mp4", "a.mkv", "a.ts", "a.mov", "a.avi", "a.m2v"}) {
    for (const int b_frames : {0, 2}) {
      const bool constant = std::string(name) == "a.avi" || std::string(name) == "a.m2v";
      CAPTURE(std::string(name));
      CAPTURE(b_frames);
      make_clip(dir / name, {.codec = std::string(name) == "a.m2v" ? "mpeg2video" : "mpeg4",
                             .format = std::string(name) == "a.m2v" ? "mpeg2video" : "",
                             .stamps = constant ? steady(100) : uneven,
                             .key_every = 10,
                             .b_frames = b_frames});
      for (const double start : {0.02, 0.5, 1.2, 1.234, 3.0}) {
        for (const int step : {1, 7}) {
          CAPTURE(start);
          CAPTURE(step);
          check_selection(dir / name, {.start = start, .step = step});
          check_selection(dir / name, {.start = start, .end = start + 0.5, .step = step});
        }
      }
      check_selection(dir / name, {.end = 1});
      check_selection(dir / name, {.step = 3});
    }
  }
}

TEST_CASE("H.264 with open groups of frames is cut exactly") {
  if (!has_encoder("libx264")) {
    MESSAGE("skipped: FFmpeg has no libx264");
    return;
  }
  const TempDir dir;
  for (const char* name : {"a.mp4", "a.mkv", "a.ts"}) {
    CAPTURE(std::string(name));
    make_clip(dir / name, {.codec = "libx264", .stamps = steady(100), .key_every = 12, .b_frames = 3});
    for (const double start : {0.4, 0.48, 0.5, 2.0, 3.96}) check_selection(dir / name, {.start = start});
  }
}

TEST_CASE("a start that is written with six decimals finds its frame") {
  const TempDir dir;
  std::vector<std::int64_t> stamps;
  for (int i = 0; i < 60; ++i) stamps.push_back(i * 1001 / 30);
  make_clip(dir / "a.mp4", {.stamps = stamps});
  const Seen seen = read_all(dir / "a.mp4", {.start = 0.066, .end = 0.133});
  CHECK(seen.indices == std::vector<std::int64_t>{2, 3});
}

TEST_CASE("a start past the end gives no frame and no error") {
  const TempDir dir;
  make_clip(dir / "a.mp4", {.stamps = steady(20)});
  const Seen seen = read_all(dir / "a.mp4", {.start = 100});
  CHECK(seen.numbers.empty());
  CHECK(seen.error == "");
}
