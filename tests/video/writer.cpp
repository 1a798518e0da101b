// Tests clips that VideoWriter makes: times, sizes, sound, killed processes, full disks.
// SPDX-License-Identifier: MIT
#include "video/writer.h"

#include "tensor/error.h"
#include "tests/error_of.h"
#include "tests/temp_dir.h"
#include "tests/video/clips.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <thread>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace pose;
using namespace pose::testing;

namespace {

void write_clip(const std::string& path, const VideoWriterOptions& options, const std::vector<std::int64_t>& stamps) {
  VideoWriter writer(path, options);
  for (std::size_t i = 0; i < stamps.size(); ++i) writer.write(numbered(options.height, options.width, int(i)), double(stamps[i]) / 1000);
  writer.close();
}

} // namespace

TEST_CASE("a clip has the frames, times and size that were written") {
  const TempDir dir;
  const std::vector<std::int64_t> stamps{500, 540, 547, 800, 801, 2500, 2533, 5500, 5501};
  for (const char* name : {"a.mp4", "a.mkv"}) {
    for (const auto& size : {std::pair{64, 48}, {67, 45}, {66, 45}, {67, 46}}) {
      const int w = size.first, h = size.second;
      CAPTURE(std::string(name));
      CAPTURE(w);
      CAPTURE(h);
      write_clip(dir / name, {.width = w, .height = h}, stamps);
      const Seen seen = read_all(dir / name);
      CHECK(seen.error == "");
      CHECK(seen.broken == 0);
      REQUIRE(seen.numbers.size() == stamps.size());
      for (std::size_t i = 0; i < stamps.size(); ++i) {
        CHECK(seen.numbers[i] == int(i));
        CHECK(seen.times[i] == doctest::Approx(double(stamps[i] - 500) / 1000).epsilon(std::string(name) == "a.mkv" ? 1e-3 : 1e-9));
        CHECK(seen.sizes[i] == fmt::format("{}x{}", w + w % 2, h + h % 2));
      }
    }
  }
}

TEST_CASE("colors survive, in small and in large clips") {
  const TempDir dir;
  for (const auto& size : {std::pair{64, 48}, {33, 21}, {1280, 64}, {64, 720}}) {
    const int w = size.first, h = size.second;
    CAPTURE(w);
    {
      VideoWriter writer(dir / "a.mp4", {.width = w, .height = h});
      writer.write(plain(h, w, 30, 200, 60), 0);
    }
    VideoReader reader = VideoReader::open(dir / "a.mp4");
    VideoFrame frame;
    REQUIRE(reader.read(frame));
    CHECK(farthest(frame.image, 30, 200, 60) <= 6);
  }
}

TEST_CASE("one pixel, one frame, and no frame can be written") {
  const TempDir dir;
  for (const char* name : {"a.mp4", "a.mkv"}) {
    CAPTURE(std::string(name));
    write_clip(dir / name, {.width = 1, .height = 1}, {0});
    CHECK(read_all(dir / name).sizes == std::vector<std::string>{"2x2"});
    write_clip(dir / name, {.width = 64, .height = 48}, {});
  }
}

TEST_CASE("an image of another size is scaled, with bars") {
  const TempDir dir;
  {
    VideoWriter writer(dir / "a.mp4", {.width = 128, .height = 64});
    writer.write(quarters(64, 128), 0);
    writer.write(quarters(32, 32), 0.04);  // bars left and right
    writer.write(quarters(32, 256), 0.08); // bars above and below
    writer.close();
  }
  VideoReader reader = VideoReader::open(dir / "a.mp4");
  VideoFrame frame;
  const auto is_black = [&](int y, int x) {
    const std::uint8_t* p = frame.image.row(y) + std::ptrdiff_t(x) * 3;
    return p[0] < 40 && p[1] < 40 && p[2] < 40;
  };
  REQUIRE(reader.read(frame));
  CHECK(quarters_of(frame.image) == "RGBW");
  CHECK(!is_black(4, 4));
  REQUIRE(reader.read(frame));
  CHECK(quarters_of(frame.image).size() == 4);
  for (const int x : {2, 12, 24, 103, 115, 125}) CHECK(is_black(32, x));
  CHECK(!is_black(16, 48));
  REQUIRE(reader.read(frame));
  for (const int y : {2, 12, 20, 43, 61}) CHECK(is_black(y, 64));
  CHECK(!is_black(28, 20));
}

TEST_CASE("times that do not increase are moved") {
  const TempDir dir;
  write_clip(dir / "a.mp4", {.width = 64, .height = 48}, {100, 140, 140, 120, 200});
  const Seen seen = read_all(dir / "a.mp4");
  REQUIRE(seen.numbers == std::vector<int>{0, 1, 2, 3, 4});
  CHECK(seen.times[4] == doctest::Approx(0.1).epsilon(1e-6));
  VideoWriter writer(dir / "b.mp4", {.width = 64, .height = 48});
  CHECK_THROWS_AS(writer.write(numbered(48, 64, 0), std::nan("")), InputError);
  CHECK_THROWS_AS(writer.write(numbered(48, 64, 0), 1e300), InputError);
  CHECK_THROWS_AS(writer.write(BgrImage(), 0), InputError);
  writer.write(numbered(48, 64, 0), 0); // goes on
  CHECK(!writer.failed());
}

TEST_CASE("sound is copied as far as the video goes, from the time of its first frame") {
  const TempDir dir;
  make_clip(dir / "source.mp4", {.stamps = steady(100), .sound = "aac", .sound_seconds = 4});
  const Sound source = sound_of(dir / "source.mp4");
  for (const char* name : {"a.mp4", "a.mkv"}) {
    CAPTURE(std::string(name));
    write_clip(dir / name, {.width = 64, .height = 48, .sound_from = dir / "source.mp4"}, steady(50)); // 2 seconds
    const Sound half = sound_of(dir / name);
    CHECK(half.codec == "aac");
    REQUIRE(half.times.size() > 80);
    CHECK(half.times.front() < 30);
    CHECK(half.times.back() > 1900);
    CHECK(half.times.back() < 2020);
    CHECK(read_all(dir / name).numbers.size() == 50);

    std::vector<std::int64_t> late = steady(25);
    for (std::int64_t& stamp : late) stamp += 3500;
    write_clip(dir / name, {.width = 64, .height = 48, .sound_from = dir / "source.mp4"}, late); // the source ends after 0.5 seconds
    const Sound end = sound_of(dir / name);
    REQUIRE(end.times.size() > 15);
    CHECK(end.times.front() < 30);
    CHECK(end.times.back() < 520);
  }
  CHECK(source.times.size() > 180);
}

TEST_CASE("sound that cannot be copied is left out, with a note") {
  const TempDir dir;
  make_clip(dir / "pcm.mkv", {.stamps = steady(10), .sound = "pcm_s16le", .sound_seconds = 1});
  make_clip(dir / "silent.mp4", {.stamps = steady(10)});
  REQUIRE(mkfifo((dir / "fifo").c_str(), 0600) == 0);
  const auto note = [&](const std::string& name, const std::string& from) {
    VideoWriter writer(dir / name, {.width = 64, .height = 48, .sound_from = from});
    for (int i = 0; i < 30; ++i) writer.write(numbered(48, 64, i), i * 0.04);
    writer.close();
    CHECK(read_all(dir / name).numbers.size() == 30);
    return writer.sound_note();
  };
  CHECK(note("a.mkv", dir / "pcm.mkv") == "");
  CHECK(sound_of(dir / "a.mkv").codec == "pcm_s16le");
  CHECK(note("a.mp4", dir / "silent.mp4") == ""); // there is nothing to copy
  CHECK(contains(note("a.mp4", dir / "missing.mp4"), "cannot be read a second time"));
  CHECK(contains(note("a.mp4", "-"), "cannot be read a second time"));
  CHECK(contains(note("a.mp4", dir / "fifo"), "cannot be read a second time"));
  const std::string pcm = note("a.mp4", dir / "pcm.mkv");
  if (pcm != "") CHECK(contains(pcm, "mp4 files cannot hold pcm_s16le")); // FFmpeg 6.1 and later can
  CHECK(note("a.mp4", "") == "");
}

TEST_CASE("a clip is playable up to its last fragment after kill -9") {
  const TempDir dir;
  for (const char* name : {"a.mp4", "a.mkv"}) {
    CAPTURE(std::string(name));
    make_clip(dir / "source.mp4", {.stamps = steady(400), .sound = "aac", .sound_seconds = 16});
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) { // never returns to the test
      VideoWriter writer(dir / name, {.width = 64, .height = 48, .sound_from = dir / "source.mp4"});
      for (int i = 0; i < 260; ++i) writer.write(numbered(48, 64, i), i * 0.04);
      kill(getpid(), SIGKILL);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    const Seen seen = read_all(dir / name); // an error at the end is allowed
    CHECK(seen.numbers.size() >= 220);      // of 260 frames, with fragments of 25
    for (std::size_t i = 0; i < seen.numbers.size(); ++i) CHECK(seen.numbers[i] == int(i));
    CHECK(sound_of(dir / name).times.size() > 350);
  }
}

TEST_CASE("a full disk is reported once, and later calls do nothing") {
  const TempDir dir;
  REQUIRE(symlink("/dev/full", (dir / "a.mp4").c_str()) == 0);
  VideoWriter writer(dir / "a.mp4", {.width = 64, .height = 48});
  std::string error;
  int errors = 0;
  for (int i = 0; i < 200; ++i) {
    const std::string found = error_of([&] { writer.write(numbered(48, 64, i), i * 0.04); });
    if (found == "") continue;
    error = found;
    ++errors;
  }
  CHECK(errors == 1);
  CHECK(error == dir / "a.mp4" + ": cannot be written: No space left on device");
  CHECK(writer.failed());
  writer.close();
}

TEST_CASE("an output that cannot be written is refused at once") {
  const TempDir dir;
  const VideoWriterOptions small{.width = 64, .height = 48};
  const auto refused = [&](const std::string& path, const VideoWriterOptions& options) { return error_of([&] { VideoWriter(path, options); }); };
  CHECK(contains(refused(dir / "missing/a.mp4", small), "missing/a.mp4: cannot be written: No such file or directory"));
  std::filesystem::create_directory(dir / "folder.mp4");
  CHECK(contains(refused(dir / "folder.mp4", small), "Is a directory"));
  for (const char* name : {"a.avi", "a", "a.mp4.txt", "mp4"}) CHECK_THROWS_AS(VideoWriter(dir / name, small), InputError);
  CHECK_THROWS_AS(VideoWriter(dir / "a.mp4", {.width = 0, .height = 48}), InputError);
  CHECK_THROWS_AS(VideoWriter(dir / "a.mp4", {.width = 64, .height = 100000}), InputError);
  CHECK_THROWS_AS(VideoWriter(dir / "a.mp4", {.width = 64, .height = 48, .fps = 0}), InputError);
  CHECK_THROWS_AS(VideoWriter(dir / "a.mp4", {.width = 64, .height = 48, .fps = std::nan("")}), InputError);
  CHECK(dir.names() == std::vector<std::string>{"folder.mp4"}); // nothing was left
}

TEST_CASE("the clip that is read is never overwritten, also under another name") {
  const TempDir dir;
  make_clip(dir / "a.mp4", {.stamps = steady(10)});
  REQUIRE(link((dir / "a.mp4").c_str(), (dir / "hard.mp4").c_str()) == 0);
  REQUIRE(symlink("a.mp4", (dir / "soft.mp4").c_str()) == 0);
  const std::string before = read_bytes(dir / "a.mp4");
  for (const char* name : {"a.mp4", "hard.mp4", "soft.mp4"})
    CHECK_THROWS_AS(VideoWriter(dir / name, {.width = 64, .height = 48, .sound_from = dir / "a.mp4"}), InputError);
  CHECK(read_bytes(dir / "a.mp4") == before);
}

TEST_CASE("two runs do not write one file") {
  const TempDir dir;
  VideoWriter first(dir / "a.mp4", {.width = 64, .height = 48});
  CHECK(contains(error_of([&] { VideoWriter(dir / "a.mp4", {.width = 64, .height = 48}); }), "another run is writing it"));
  for (int i = 0; i < 30; ++i) first.write(numbered(48, 64, i), i * 0.04);
  first.close();
  CHECK(read_all(dir / "a.mp4").numbers.size() == 30);
}
