// Tests clips that are missing, broken, truncated, or not clips.
// SPDX-License-Identifier: MIT
#include "tensor/error.h"
#include "tests/error_of.h"
#include "tests/image/pictures.h"
#include "tests/temp_dir.h"
#include "tests/video/clips.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>

#include <unistd.h>

using namespace pose;
using namespace pose::testing;

namespace {

std::string open_error(const std::string& source) {
  return error_of([&] { VideoReader::open(source); });
}

// Returns whether the frames are numbered from 0 on.
bool in_order(const Seen& seen) {
  for (std::size_t i = 0; i < seen.numbers.size(); ++i) {
    if (seen.numbers[i] != int(i)) return false;
  }
  return true;
}

} // namespace

TEST_CASE("a source that is no clip is a DataError of one line") {
  const TempDir dir;
  write_bytes(dir / "empty.mp4", "");
  write_bytes(dir / "text.mp4", "This is not a clip.\n");
  write_bytes(dir / "list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n" + dir / "a.ts" + "\n#EXT-X-ENDLIST\n");
  make_clip(dir / "a.ts", {.stamps = steady(10)});
  make_clip(dir / "sound.m4a", {.sound = "aac", .sound_seconds = 1, .video = false});
  make_clip(dir / "sound.mkv", {.sound = "pcm_s16le", .sound_seconds = 1, .video = false});
  for (const char* name : {"missing.mp4", "empty.mp4", "text.mp4", "sound.m4a", "sound.mkv", "list.m3u8", ""}) {
    CAPTURE(std::string(name));
    const std::string path = dir / name, error = open_error(path);
    CHECK(error.substr(0, path.size() + 2) == path + ": ");
    CHECK(!contains(error, "\n"));
    CHECK_THROWS_AS(VideoReader::open(path), DataError);
  }
  CHECK(contains(open_error(dir / "missing.mp4"), "No such file"));
  CHECK(contains(open_error(dir / "sound.m4a"), "found only sound"));
  CHECK(contains(open_error(dir.path().string()), "found a folder"));
}

TEST_CASE("a cover image is not a video stream") {
  const TempDir dir;
  make_clip(dir / "cover.m4a",
            {.codec = "mjpeg", .pixels = "yuvj420p", .format = "mp4", .stamps = {0}, .sound = "aac", .sound_seconds = 1, .cover = true});
  CHECK(contains(open_error(dir / "cover.m4a"), "found only sound"));
}

TEST_CASE("a clip without frames ends at once or is refused") {
  const TempDir dir;
  for (const char* name : {"a.avi", "a.mkv", "a.mov"}) {
    CAPTURE(std::string(name));
    make_clip(dir / name, {.stamps = {}});
    std::size_t frames = 0;
    const std::string error = error_of([&] { frames = read_all(dir / name).numbers.size(); });
    CHECK(frames == 0);
    if (error != "") CHECK(contains(error, std::string(name) + ": ")); // it depends on the format
  }
}

TEST_CASE("a truncated file delivers its frames, then an error") {
  const TempDir dir;
  for (const char* name : {"a.avi", "a.mkv", "a.mp4"}) {
    CAPTURE(std::string(name));
    const bool mp4 = std::string(name) == "a.mp4";
    make_clip(dir / name, {.codec = "mjpeg", .pixels = "yuvj420p", .muxer = mp4 ? "movflags=faststart" : "", .stamps = steady(200)});
    const std::string bytes = read_bytes(dir / name);
    for (const double part : {0.3, 0.5, 0.7}) {
      CAPTURE(part);
      write_bytes(dir / "part", bytes.substr(0, std::size_t(double(bytes.size()) * part)));
      VideoReader reader = VideoReader::open(dir / "part");
      const Seen seen = read_all(reader);
      CHECK(seen.numbers.size() > 40);
      CHECK(seen.numbers.size() < 180);
      CHECK(in_order(seen));
      CHECK(contains(seen.error, "part: "));
      VideoFrame frame;
      CHECK(!reader.read(frame)); // the error is thrown once
    }
  }
}

TEST_CASE("uncompressed frames that break off anywhere are an error after the last whole frame") {
  const TempDir dir;
  make_clip(dir / "a.y4m", {.codec = "wrapped_avframe", .pixels = "yuv420p", .stamps = steady(6)});
  const std::string bytes = read_bytes(dir / "a.y4m");
  const std::size_t frame = bytes.find("FRAME", bytes.find("FRAME") + 1) - bytes.find("FRAME"); // bytes of one
  CHECK(read_all(dir / "a.y4m").error == "");
  for (const std::size_t missing : {std::size_t(1), frame / 2, frame - 7, frame - 1}) {
    CAPTURE(missing);
    write_bytes(dir / "part", bytes.substr(0, bytes.size() - missing));
    const Seen seen = read_all(dir / "part");
    CHECK(seen.numbers.size() == 5);
    CHECK(contains(seen.error, "part: expected more data, found the end of the file"));
  }
  write_bytes(dir / "part", bytes.substr(0, bytes.size() - frame)); // a whole frame less is a shorter clip
  CHECK(read_all(dir / "part").error == "");
}

TEST_CASE("an MP4 file without its index names the reason") {
  const TempDir dir;
  make_clip(dir / "a.mp4", {.codec = "mjpeg", .pixels = "yuvj420p", .stamps = steady(60)});
  const std::string bytes = read_bytes(dir / "a.mp4");
  write_bytes(dir / "a.mp4", bytes.substr(0, bytes.size() / 2));
  CHECK(contains(open_error(dir / "a.mp4"), "moov atom not found"));
}

TEST_CASE("garbage in the middle is skipped") {
  const TempDir dir;
  for (const char* name : {"a.avi", "a.mkv", "a.ts", "a.mp4"}) {
    CAPTURE(std::string(name));
    make_clip(dir / name, {.w = 128, .h = 96, .stamps = steady(100), .key_every = 5});
    std::string bytes = read_bytes(dir / name);
    pose::test::Noise noise(3);
    for (std::size_t i = bytes.size() * 4 / 10; i < bytes.size() * 5 / 10; ++i) bytes[i] = char(noise.next());
    write_bytes(dir / "damaged", bytes);
    const Seen seen = read_all(dir / "damaged");
    CHECK(seen.numbers.size() >= 60);
    CHECK(seen.numbers.size() <= 100);
    REQUIRE(!seen.numbers.empty());
    CHECK(seen.numbers.back() == 99);
    for (std::size_t i = 1; i < seen.times.size(); ++i) CHECK(seen.times[i] > seen.times[i - 1]);
  }
}

TEST_CASE("changed bytes give frames or an Error") {
  const TempDir dir;
  pose::test::Noise noise(11);
  for (const char* name : {"a.avi", "a.mkv", "a.ts", "a.mp4"}) {
    CAPTURE(std::string(name));
    make_clip(dir / name, {.stamps = steady(8), .key_every = 4});
    const std::string whole = read_bytes(dir / name);
    int opened = 0;
    for (int round = 0; round < 150; ++round) {
      std::string bytes = whole;
      for (int i = noise.below(6); i >= 0; --i) bytes[std::size_t(noise.below(int(bytes.size())))] = char(noise.next());
      if (noise.below(3) == 0) bytes.resize(std::size_t(noise.below(int(bytes.size()))));
      write_bytes(dir / "changed", bytes);
      const std::string error = error_of([&] {
        VideoReader reader = VideoReader::open(dir / "changed", {.threads = 1});
        ++opened;
        read_all(reader);
      });
      CHECK(!contains(error, "\n"));
    }
    CHECK(opened > 0);
  }
}

TEST_CASE("FFmpeg's messages are not printed") {
  const TempDir dir;
  write_bytes(dir / "text.mp4", "This is not a clip.\n");
  std::fflush(stderr);
  const int saved = dup(STDERR_FILENO);
  std::FILE* log = std::fopen((dir / "log").c_str(), "w");
  REQUIRE(log != nullptr);
  dup2(fileno(log), STDERR_FILENO);
  open_error(dir / "text.mp4");
  make_clip(dir / "a.ts", {.stamps = steady(50)});
  std::string bytes = read_bytes(dir / "a.ts");
  for (std::size_t i = bytes.size() / 3; i < bytes.size() / 2; ++i) bytes[i] = char(i * 7);
  write_bytes(dir / "a.ts", bytes);
  read_all(dir / "a.ts", {.threads = 2});
  std::fflush(stderr);
  dup2(saved, STDERR_FILENO);
  close(saved);
  std::fclose(log);
  CHECK(read_bytes(dir / "log") == "");
}
