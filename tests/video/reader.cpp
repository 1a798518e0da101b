// Tests whole clips: times, sizes, pixel formats, colors, rotation, selection of the stream.
// SPDX-License-Identifier: MIT
#include "video/reader.h"
#include "image/codec.h"
#include "tests/error_of.h"
#include "tests/temp_dir.h"
#include "tests/video/clips.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <numeric>

using namespace pose;
using namespace pose::testing;

namespace {

std::vector<int> first_numbers(int count) {
  std::vector<int> numbers(std::size_t(count), 0);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

void check_times(const std::vector<double>& times, const std::vector<std::int64_t>& milliseconds) {
  REQUIRE(times.size() == milliseconds.size());
  for (std::size_t i = 0; i < times.size(); ++i) CHECK(times[i] == doctest::Approx(double(milliseconds[i] - milliseconds[0]) / 1000).epsilon(1e-9));
}

// Reads the first frame.
BgrImage first_image(const std::string& path, const VideoOptions& options = {}) {
  VideoReader reader = VideoReader::open(path, options);
  VideoFrame frame;
  REQUIRE(reader.read(frame));
  return frame.image;
}

} // namespace

TEST_CASE("the build has FFmpeg") {
  CHECK(video_supported());
}

TEST_CASE("names of clips are recognized by their extension") {
  for (const char* name : {"a.mp4", "A.MOV", "dir.x/b.MkV", "c.d.webm", ".ts"}) CHECK(is_video_name(name));
  for (const char* name : {"", "mp4", "a.jpg", "a.mp4.txt", "a.mp4/b", "a.", "a.gif"}) CHECK(!is_video_name(name));
}

TEST_CASE("every frame is delivered in order with its number, time and size") {
  const TempDir dir;
  for (const char* name : {"a.mp4", "a.mkv", "a.avi", "a.ts", "a.mov"}) {
    CAPTURE(std::string(name));
    make_clip(dir / name, {.stamps = steady(30)});
    VideoReader reader = VideoReader::open(dir / name);
    CHECK(reader.info().source == dir / name);
    CHECK(reader.info().width == 64);
    CHECK(reader.info().height == 48);
    CHECK(reader.info().fps == doctest::Approx(25).epsilon(0.05));
    CHECK(reader.info().duration == doctest::Approx(1.2).epsilon(0.05));
    CHECK(std::abs(reader.info().frames - 30) <= 1);
    CHECK(!reader.info().live);
    const Seen seen = read_all(reader);
    CHECK(seen.error == "");
    CHECK(seen.broken == 0);
    CHECK(seen.numbers == first_numbers(30));
    CHECK(seen.indices == std::vector<std::int64_t>(seen.numbers.begin(), seen.numbers.end()));
    check_times(seen.times, steady(30));
    VideoFrame frame;
    CHECK(!reader.read(frame)); // and again
  }
}

TEST_CASE("a variable frame rate keeps its times") {
  const TempDir dir;
  const std::vector<std::int64_t> stamps{0, 40, 47, 300, 301, 2000, 2033, 5000};
  for (const char* name : {"a.mp4", "a.mkv", "a.ts"}) {
    CAPTURE(std::string(name));
    make_clip(dir / name, {.stamps = stamps});
    const Seen seen = read_all(dir / name);
    CHECK(seen.error == "");
    CHECK(seen.numbers == first_numbers(8));
    check_times(seen.times, stamps);
  }
}

TEST_CASE("frames that are stored out of order are delivered in order") {
  const TempDir dir;
  for (const char* name : {"a.mp4", "a.mkv", "a.ts"}) {
    CAPTURE(std::string(name));
    make_clip(dir / name, {.stamps = steady(40), .b_frames = 2});
    const Seen seen = read_all(dir / name);
    CHECK(seen.error == "");
    CHECK(seen.numbers == first_numbers(40));
    check_times(seen.times, steady(40));
  }
}

TEST_CASE("odd sizes are whole, up to the last column and row") {
  const TempDir dir;
  for (const auto& size : {std::pair{67, 45}, {66, 45}, {67, 46}, {17, 33}, {8, 8}, {40, 6}, {3, 5}, {1, 1}, {1, 9}, {9, 1}}) {
    const int w = size.first, h = size.second;
    CAPTURE(w);
    CAPTURE(h);
    make_clip(dir / "a.mkv", {.codec = "ffv1", .w = w, .h = h, .stamps = steady(2), .draw = [w, h](int) { return plain(h, w, 200, 100, 50); }});
    const BgrImage image = first_image(dir / "a.mkv");
    CHECK(image.w == w);
    CHECK(image.h == h);
    CHECK(farthest(image, 200, 100, 50) <= 4);
    CHECK(first_image(dir / "a.mkv", {.rotate = 90}).w == h);
  }
}

TEST_CASE("pixel formats of all kinds become BGR") {
  const TempDir dir;
  for (const char* pixels : {"yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv444p12le", "yuva420p", "bgr0", "bgra", "gray", "gray16le"}) {
    CAPTURE(pixels);
    const bool gray = std::string(pixels).find("gray") == 0;
    const auto draw = [gray](int) { return gray ? plain(48, 64, 120, 120, 120) : plain(48, 64, 200, 100, 50); };
    make_clip(dir / "a.mkv", {.codec = "ffv1", .pixels = pixels, .stamps = steady(1), .draw = draw});
    CHECK(farthest(first_image(dir / "a.mkv"), gray ? 120 : 200, gray ? 120 : 100, gray ? 120 : 50) <= 4);
  }
}

TEST_CASE("colors are converted with the matrix and range of the stream") {
  const TempDir dir;
  constexpr int kBt709 = 1, kBt601 = 6, kBt2020 = 9, kLimited = 1, kFull = 2;
  for (const int matrix : {kBt709, kBt601, kBt2020}) {
    for (const int range : {kLimited, kFull}) {
      CAPTURE(matrix);
      CAPTURE(range);
      make_clip(dir / "a.mkv", {.codec = "ffv1", .pixels = "yuv444p", .stamps = steady(1), .colorspace = matrix, .range = range, .draw = [](int) {
                                  return plain(48, 64, 30, 200, 60);
                                }});
      CHECK(farthest(first_image(dir / "a.mkv"), 30, 200, 60) <= 4);
    }
  }
  // Without a statement the size decides.
  const auto green = [](int h, int w) { return [h, w](int) { return plain(h, w, 30, 200, 60); }; };
  make_clip(dir / "small.mkv", {.codec = "ffv1", .stamps = steady(1), .draw = green(48, 64)}); // encoded with swscale's default, BT.601
  CHECK(farthest(first_image(dir / "small.mkv"), 30, 200, 60) <= 4);
  make_clip(dir / "large.mkv", {.codec = "ffv1", .w = 1280, .h = 16, .stamps = steady(1), .draw = green(16, 1280)});
  CHECK(farthest(first_image(dir / "large.mkv"), 30, 200, 60) > 10); // read as BT.709
}

TEST_CASE("the rotation and mirroring of a phone's clip is applied") {
  const TempDir dir;
  const auto draw = [](int) { return quarters(48, 64); };
  struct Case {
    std::vector<std::int32_t> matrix;
    std::string letters;
    bool upright;
  };
  // A point (p, q) of the stored image is shown at (a p + c q, b p + d q), y down: 0 1 -1 0 turns clockwise by 90 degrees.
  const Case cases[] = {{{1, 0, 0, 1}, "RGBW", false}, {{0, 1, -1, 0}, "BRWG", true},  {{-1, 0, 0, -1}, "WBGR", false},
                        {{0, -1, 1, 0}, "GWRB", true}, {{-1, 0, 0, 1}, "GRWB", false}, {{1, 0, 0, -1}, "BWRG", false},
                        {{0, 1, 1, 0}, "RBGW", true},  {{0, -1, -1, 0}, "WGBR", true}};
  for (const Case& c : cases) {
    CAPTURE(c.letters);
    make_clip(dir / "a.mp4", {.stamps = steady(2), .matrix = c.matrix, .draw = draw});
    VideoReader reader = VideoReader::open(dir / "a.mp4");
    CHECK(reader.info().width == (c.upright ? 48 : 64));
    CHECK(reader.info().height == (c.upright ? 64 : 48));
    VideoFrame frame;
    REQUIRE(reader.read(frame));
    CHECK(quarters_of(frame.image) == c.letters);
    CHECK(frame.image.w == reader.info().width);
    CHECK(frame.image.h == reader.info().height);
  }
}

TEST_CASE("the option replaces the rotation of the clip") {
  const TempDir dir;
  make_clip(dir / "a.mp4", {.stamps = steady(2), .matrix = {{0, 1, -1, 0}}, .draw = [](int) { return quarters(48, 64); }});
  CHECK(quarters_of(first_image(dir / "a.mp4")) == "BRWG");
  CHECK(quarters_of(first_image(dir / "a.mp4", {.rotate = 0})) == "RGBW");
  CHECK(quarters_of(first_image(dir / "a.mp4", {.rotate = 90})) == "BRWG");
  CHECK(quarters_of(first_image(dir / "a.mp4", {.rotate = 180})) == "WBGR");
  CHECK(quarters_of(first_image(dir / "a.mp4", {.rotate = 270})) == "GWRB");
}

TEST_CASE("a size that changes in the middle gives frames of both sizes") {
  const TempDir dir;
  for (const char* codec : {"mjpeg", "libx264"}) {
    if (!has_encoder(codec)) continue;
    CAPTURE(std::string(codec));
    const bool jpeg = std::string(codec) == "mjpeg";
    const std::string format = jpeg ? "mjpeg" : "h264", pixels = jpeg ? "yuvj420p" : "yuv420p";
    make_clip(dir / "a", {.codec = codec, .pixels = pixels, .format = format, .w = 64, .h = 48, .stamps = steady(10)});
    make_clip(dir / "b", {.codec = codec, .pixels = pixels, .format = format, .w = 96, .h = 80, .stamps = steady(10)});
    write_bytes(dir / "joined", read_bytes(dir / "a") + read_bytes(dir / "b"));
    const Seen seen = read_all(dir / "joined");
    CHECK(seen.error == "");
    REQUIRE(seen.numbers.size() == 20);
    for (int i = 0; i < 20; ++i) {
      CHECK(seen.numbers[std::size_t(i)] == i % 10);
      CHECK(seen.sizes[std::size_t(i)] == (i < 10 ? "64x48" : "96x80"));
      if (i > 0) CHECK(seen.times[std::size_t(i)] > seen.times[std::size_t(i) - 1]);
    }
  }
}

TEST_CASE("timestamps that jump back are continued") {
  const TempDir dir;
  make_clip(dir / "a.ts", {.stamps = steady(50)});
  write_bytes(dir / "joined.ts", read_bytes(dir / "a.ts") + read_bytes(dir / "a.ts"));
  const Seen seen = read_all(dir / "joined.ts");
  REQUIRE(seen.times.size() == 100);
  for (std::size_t i = 1; i < 100; ++i) CHECK(seen.times[i] > seen.times[i - 1]);
  CHECK(seen.times[99] < 4.2);
  CHECK(seen.numbers[50] == 0);
}

TEST_CASE("large frames are decoded") {
  const TempDir dir;
  make_clip(dir / "a.avi", {.codec = "mjpeg", .pixels = "yuvj420p", .w = 7680, .h = 4320, .stamps = steady(1)});
  const Seen seen = read_all(dir / "a.avi");
  CHECK(seen.numbers == std::vector<int>{0});
  CHECK(seen.sizes == std::vector<std::string>{"7680x4320"});
}

TEST_CASE("an image file is a clip of one frame") {
  const TempDir dir;
  for (const char* name : {"a.jpg", "a.png", "frame%03d.jpg"}) {
    CAPTURE(std::string(name));
    write_image(dir / name, numbered(48, 64, 1234));
    const Seen seen = read_all(dir / name);
    CHECK(seen.error == "");
    CHECK(seen.numbers == std::vector<int>{1234});
  }
}

TEST_CASE("names that look like addresses or options are names") {
  const TempDir dir;
  for (const char* name : {"a:b.mp4", "http:x.mp4", "-i.mp4", "a b'\"\n.mp4"}) {
    CAPTURE(std::string(name));
    make_clip(dir / "plain.mp4", {.stamps = steady(3)});
    std::filesystem::copy_file(dir / "plain.mp4", dir / name);
    CHECK(read_all(dir / name).numbers == first_numbers(3));
  }
}

TEST_CASE("options out of range are refused before the source is opened") {
  const auto refused = [](const VideoOptions& options) { return error_of([&] { VideoReader::open("missing.mp4", options); }); };
  CHECK(contains(refused({.start = -1}), "start: expected"));
  CHECK(contains(refused({.start = std::nan("")}), "start: expected"));
  CHECK(contains(refused({.start = 2, .end = 2}), "end: expected"));
  CHECK(contains(refused({.end = std::nan("")}), "end: expected"));
  CHECK(contains(refused({.step = 0}), "step: expected"));
  CHECK(contains(refused({.rotate = 45}), "rotate: expected"));
  CHECK(contains(refused({.threads = -1}), "threads: expected"));
  CHECK_THROWS_AS(VideoReader::open("missing.mp4", {.step = 0}), InputError);
}
