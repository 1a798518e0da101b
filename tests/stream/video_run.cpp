// Tests run_video() and BackgroundVideo on clips: order, resumption, errors of the source and of the device, early ends.
// SPDX-License-Identifier: MIT
#include "stream/background_video.h"
#include "stream/latest_frame.h"
#include "tests/error_of.h"
#include "tests/stream/moving_people.h"
#include "tests/temp_dir.h"
#include "video/writer.h"

#include <doctest/doctest.h>

#include <filesystem>

using namespace pose;
using pose::testing::error_of;
using pose::testing::person_at;
using pose::testing::SimulatedEngine;

namespace {

constexpr int kFrames = 40;

// Writes a clip of kFrames gray images, and returns its path.
std::string make_clip(const testing::TempDir& dir, const std::string& name = "clip.mp4") {
  const std::string path = dir / name;
  VideoWriterOptions options;
  options.width = 320;
  options.height = 240;
  VideoWriter writer(path, options);
  for (int t = 0; t < kFrames; t++) writer.write(BgrImage(240, 320, std::uint8_t(100 + t)), t / 25.0);
  writer.close();
  return path;
}

std::vector<std::int64_t> indices(const std::string& path, Engine& engine, const VideoRunOptions& options = {}) {
  VideoReader reader = VideoReader::open(path);
  PeopleStream stream(engine, {.detect_every = 3, .track = true});
  std::vector<std::int64_t> seen;
  run_video(reader, stream, options, [&](DoneFrame& frame, const VideoProgress& progress) {
    seen.push_back(frame.result.frame);
    CHECK(progress.frames == std::int64_t(seen.size()));
    CHECK(std::abs(*frame.result.time - double(frame.result.frame) / 25) < 1e-3);
    CHECK(frame.image.h == (options.keep_images ? 240 : 0));
    CHECK(frame.drawn.h == (options.draw ? 240 : 0));
  });
  return seen;
}

std::vector<std::int64_t> from(std::int64_t first, std::int64_t end = kFrames) {
  std::vector<std::int64_t> numbers;
  for (std::int64_t i = first; i < end; i++) numbers.push_back(i);
  return numbers;
}

} // namespace

TEST_CASE("all frames are done in order" * doctest::skip(!video_supported())) {
  const testing::TempDir dir;
  const std::string path = make_clip(dir);
  SimulatedEngine engine;
  engine.scene = {person_at({50, 40})};
  CHECK(indices(path, engine) == from(0));
  CHECK(indices(path, engine, {.draw = RenderStyle::dense, .ids = true}) == from(0));
  CHECK(indices(path, engine, {.keep_images = true}) == from(0));
}

TEST_CASE("frames of an earlier run are left out" * doctest::skip(!video_supported())) {
  const testing::TempDir dir;
  SimulatedEngine engine;
  const FrameSet done({{0, 0, 24, 1}});
  CHECK(indices(make_clip(dir), engine, {.done = &done}) == from(25));
}

TEST_CASE("a stop callback ends the run; frames that were read are done" * doctest::skip(!video_supported())) {
  const testing::TempDir dir;
  SimulatedEngine engine;
  std::atomic<int> asked{0};
  const std::vector<std::int64_t> seen = indices(make_clip(dir), engine, {.stop = [&] { return ++asked > 10; }});
  CHECK(seen == from(0, std::int64_t(seen.size())));
  CHECK(seen.size() >= 1);
  CHECK(seen.size() < kFrames);
}

TEST_CASE("a source that breaks off ends with its error after all frames before" * doctest::skip(!video_supported())) {
  const testing::TempDir dir;
  const std::string path = make_clip(dir, "clip.mkv");
  std::filesystem::resize_file(path, std::filesystem::file_size(path) * 2 / 3);
  SimulatedEngine engine;
  std::size_t frames = 0;
  const std::string error = error_of([&] {
    VideoReader reader = VideoReader::open(path);
    PeopleStream stream(engine, {});
    run_video(reader, stream, {}, [&](DoneFrame&, const VideoProgress&) { frames++; });
  });
  CHECK(error.find(path) != std::string::npos);
  CHECK(frames > 5);
  CHECK(frames < kFrames);
}

TEST_CASE("an error of the device or of the caller ends the run without waiting for memory" * doctest::skip(!video_supported())) {
  class Failing : public SimulatedEngine {
  public:
    int after = 0;
    void infer(std::span<Frame* const> frames) override {
      if (after-- == 0) fail<DeviceError>("the device is gone");
      SimulatedEngine::infer(frames);
    }
  };
  const testing::TempDir dir;
  const std::string path = make_clip(dir);
  for (const int after : {0, 1, 7}) {
    Failing engine;
    engine.after = after;
    CHECK_THROWS_WITH_AS(indices(path, engine), "the device is gone", DeviceError);
  }
  SimulatedEngine engine;
  VideoReader reader = VideoReader::open(path);
  PeopleStream stream(engine, {});
  const auto refuse = [](DoneFrame&, const VideoProgress&) { fail("a full disk"); };
  CHECK_THROWS_WITH(run_video(reader, stream, {}, refuse), "a full disk");
}

TEST_CASE("a background run delivers the same frames, and may be left early" * doctest::skip(!video_supported())) {
  const testing::TempDir dir;
  const std::string path = make_clip(dir);
  SimulatedEngine engine;
  engine.scene = {person_at({50, 40})};
  std::vector<std::int64_t> seen;
  BackgroundVideo video(path, {});
  video.start(engine, {.track = true}, {});
  while (const std::optional<DoneFrame> frame = video.next()) seen.push_back(frame->result.frame);
  CHECK(seen == from(0));
  CHECK_FALSE(video.next().has_value());

  BackgroundVideo left(path, {});
  left.start(engine, {}, {});
  CHECK(left.next().has_value());
}

TEST_CASE("a background run throws the error of its source after the last frame" * doctest::skip(!video_supported())) {
  const testing::TempDir dir;
  const std::string path = make_clip(dir, "clip.mkv");
  std::filesystem::resize_file(path, std::filesystem::file_size(path) * 2 / 3);
  SimulatedEngine engine;
  BackgroundVideo video(path, {});
  video.start(engine, {}, {});
  std::size_t frames = 0;
  const auto read_all = [&] {
    while (video.next()) frames++;
  };
  CHECK_THROWS_AS(read_all(), DataError);
  CHECK(frames > 5);
  CHECK_FALSE(video.next().has_value());
}

TEST_CASE("a live source gives whole frames, the newest ones, and leaves out the others" * doctest::skip(!video_supported())) {
  const testing::TempDir dir;
  const std::string path = make_clip(dir);
  VideoReader reader = VideoReader::open(path);
  LatestFrame latest(reader);
  std::int64_t before = -1, count = 0;
  while (const std::optional<VideoFrame> frame = latest.next()) {
    CHECK(frame->index > before);
    before = frame->index;
    count++;
    REQUIRE(frame->image.bytes.size() == 320 * 240 * 3);
    CHECK(std::abs(int(frame->image.row(120)[480]) - int(100 + frame->index)) <= 10); // gray, that many, but for losses
  }
  CHECK(before == kFrames - 1);
  CHECK(count + latest.dropped() == kFrames);
}
