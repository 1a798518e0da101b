// Tests sources that are not files: standard input, pipes that deliver nothing or end, cameras, addresses.
// SPDX-License-Identifier: MIT
#include "tensor/error.h"
#include "tests/error_of.h"
#include "tests/temp_dir.h"
#include "tests/video/clips.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace pose;
using namespace pose::testing;

namespace {

using Clock = std::chrono::steady_clock;

// Replaces standard input while it lives.
class StandardInput {
public:
  explicit StandardInput(int descriptor) : saved_(dup(STDIN_FILENO)) { dup2(descriptor, STDIN_FILENO); }
  ~StandardInput() {
    dup2(saved_, STDIN_FILENO);
    close(saved_);
  }
  StandardInput(const StandardInput&) = delete;
  StandardInput& operator=(const StandardInput&) = delete;

private:
  int saved_;
};

// Writes bytes to a descriptor in a thread, a few at a time, and closes it.
std::thread feed(int descriptor, std::string bytes) {
  return std::thread([descriptor, bytes = std::move(bytes)] {
    for (std::size_t at = 0; at < bytes.size();) {
      const ssize_t count = write(descriptor, bytes.data() + at, std::min<std::size_t>(bytes.size() - at, 1000));
      if (count <= 0) break;
      at += std::size_t(count);
    }
    close(descriptor);
  });
}

// Returns a stop callback that returns true after 0.3 seconds.
StopCallback soon() {
  return [start = Clock::now()] { return Clock::now() - start > std::chrono::milliseconds(300); };
}

} // namespace

TEST_CASE("a clip is read from a pipe on standard input") {
  const TempDir dir;
  for (const char* name : {"a.mkv", "a.ts", "a.avi"}) {
    CAPTURE(std::string(name));
    make_clip(dir / name, {.stamps = steady(60), .b_frames = 2});
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    std::thread writer = feed(ends[1], read_bytes(dir / name));
    {
      const StandardInput input(ends[0]);
      VideoReader reader = VideoReader::open("-", {.start = 1});
      CHECK(reader.info().source == "-");
      const Seen seen = read_all(reader);
      CHECK(seen.error == "");
      CHECK(seen.numbers.size() == 35);
      REQUIRE(!seen.numbers.empty());
      CHECK(seen.numbers.front() == 25);
      CHECK(seen.indices.front() == 25);
    }
    close(ends[0]);
    writer.join();
  }
}

TEST_CASE("a clip is read from a file on standard input") {
  const TempDir dir;
  make_clip(dir / "a.mp4", {.stamps = steady(60)});
  const int file = open((dir / "a.mp4").c_str(), O_RDONLY);
  REQUIRE(file >= 0);
  {
    const StandardInput input(file);
    CHECK(read_all("-").numbers.size() == 60);
  }
  close(file);
}

TEST_CASE("stop() ends the wait for a pipe that nothing is written to") {
  const TempDir dir;
  REQUIRE(mkfifo((dir / "fifo").c_str(), 0600) == 0);
  const auto start = Clock::now();
  CHECK_THROWS_AS(VideoReader::open(dir / "fifo", {.stop = soon()}), Interrupted);
  CHECK(Clock::now() - start < std::chrono::seconds(5));
}

TEST_CASE("stop() ends the wait for a pipe that delivers no more") {
  const TempDir dir;
  make_clip(dir / "a.ts", {.w = 128, .h = 96, .stamps = steady(400)});
  REQUIRE(mkfifo((dir / "fifo").c_str(), 0600) == 0);
  std::thread writer([&] {
    const int descriptor = open((dir / "fifo").c_str(), O_WRONLY);
    const std::string bytes = read_bytes(dir / "a.ts");
    [[maybe_unused]] const ssize_t count = write(descriptor, bytes.data(), bytes.size() / 2);
    std::this_thread::sleep_for(std::chrono::seconds(2)); // a camera that hangs
    close(descriptor);
  });
  std::atomic<bool> stop = false;
  int frames = 0;
  {
    VideoReader reader = VideoReader::open(dir / "fifo", {.stop = [&] { return stop.load(); }});
    VideoFrame frame;
    std::thread timer([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(800));
      stop = true;
    });
    while (reader.read(frame)) ++frames;
    timer.join();
  }
  CHECK(frames > 100);
  CHECK(frames < 250);
  writer.join();
}

TEST_CASE("a pipe whose writer goes away gives its frames, then the end or an error") {
  const TempDir dir;
  make_clip(dir / "a.mkv", {.w = 128, .h = 96, .stamps = steady(100)});
  REQUIRE(mkfifo((dir / "fifo").c_str(), 0600) == 0);
  std::thread writer([&] {
    const int descriptor = open((dir / "fifo").c_str(), O_WRONLY);
    const std::string bytes = read_bytes(dir / "a.mkv");
    feed(descriptor, bytes.substr(0, bytes.size() / 2)).join();
  });
  const Seen seen = read_all(dir / "fifo");
  writer.join();
  CHECK(seen.numbers.size() > 30);
  CHECK(seen.numbers.size() < 70);
  CHECK(contains(seen.error, "fifo: expected more data"));
}

TEST_CASE("stop() ends the reading of a file and the delivery of frames") {
  const TempDir dir;
  make_clip(dir / "a.mp4", {.stamps = steady(50)});
  int calls = 0;
  VideoReader reader = VideoReader::open(dir / "a.mp4", {.stop = [&] { return ++calls > 200; }});
  VideoFrame frame;
  int frames = 0;
  while (reader.read(frame)) {
    if (++frames == 5) calls = 1000;
  }
  CHECK(frames == 5);
  CHECK(!reader.read(frame));
}

TEST_CASE("a camera that is missing is an error of one line") {
  for (const char* camera : {"99", "/dev/video99"}) {
    CAPTURE(camera);
    const std::string error = error_of([&] { VideoReader::open_camera(camera); });
    CHECK(contains(error, "webcam:99: "));
    CHECK((contains(error, "No such file or directory") || contains(error, "install the package ffmpeg"))); // without libavdevice
    CHECK_THROWS_AS(VideoReader::open_camera(camera), DataError);
  }
  CHECK_THROWS_AS(VideoReader::open_camera(""), DataError);
  CHECK_THROWS_AS(VideoReader::open_camera("/dev/null"), DataError);
}

TEST_CASE("an address that does not answer is an error of one line") {
  const std::string error = error_of([] { VideoReader::open("http://127.0.0.1:1/a.mp4"); });
  CHECK(contains(error, "http://127.0.0.1:1/a.mp4: "));
  CHECK(contains(error, "Connection refused"));
  CHECK_THROWS_AS(VideoReader::open("nonsense://a"), DataError);
}
