// Tests the public interface of clips and of frames in memory: Video and PoseTracker.
// SPDX-License-Identifier: MIT
#include <alphapose/video.h>

#include "tests/api/small_models.h"

#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace alphapose;
using namespace alphapose::testing;

namespace {

using pose::testing::TempDir;

// Writes an uncompressed clip of 25 frames per second whose frames differ a little.
std::string write_clip(const TempDir& dir, int frames, int h = 48, int w = 64) {
  std::string bytes = "YUV4MPEG2 W" + std::to_string(w) + " H" + std::to_string(h) + " F25:1 Ip A1:1 C420jpeg\n";
  for (int f = 0; f < frames; f++) {
    const std::vector<std::uint8_t> luma = noise(std::size_t(h * w));
    bytes += "FRAME\n";
    for (const std::uint8_t v : luma) bytes += char(v / 2 + f);
    bytes.append(std::size_t((h + 1) / 2 * ((w + 1) / 2) * 2), char(128));
  }
  std::string path = dir / "clip.y4m";
  pose::testing::write_bytes(path, bytes);
  return path;
}

// Writes an uncompressed AVI, whose header says how many frames it has: FFmpeg sees where it breaks off.
std::string write_avi(const TempDir& dir, int frames) {
  constexpr std::uint32_t kH = 48, kW = 64, kBytes = kH * kW * 3;
  const auto number = [](std::uint32_t v) { return std::string{char(v), char(v >> 8), char(v >> 16), char(v >> 24)}; };
  const auto chunk = [&](const std::string& name, const std::string& data) { return name + number(std::uint32_t(data.size())) + data; };
  const auto numbers = [&](std::initializer_list<std::uint32_t> values) {
    std::string bytes;
    for (const std::uint32_t v : values) bytes += number(v);
    return bytes;
  };
  const std::uint32_t count = std::uint32_t(frames);
  const std::string avih = numbers({40000, 0, 0, 0, count, 0, 1, kBytes, kW, kH, 0, 0, 0, 0});
  const std::string strh = "vids" + numbers({0, 0, 0, 0, 1, 25, 0, count, kBytes, 0, 0, 0, kW | kH << 16});
  const std::string strf = numbers({40, kW, kH, 1 | 24 << 16, 0, kBytes, 0, 0, 0, 0});
  std::string movi = "movi";
  const std::vector<std::uint8_t> pixels = noise(kBytes);
  for (int f = 0; f < frames; f++) movi += chunk("00db", std::string(pixels.begin(), pixels.end()));
  const std::string strl = chunk("LIST", "strl" + chunk("strh", strh) + chunk("strf", strf));
  const std::string hdrl = chunk("LIST", "hdrl" + chunk("avih", avih) + strl);
  std::string path = dir / "clip.avi";
  pose::testing::write_bytes(path, chunk("RIFF", "AVI " + hdrl + chunk("LIST", movi)));
  return path;
}

VideoOptions options_in(const TempDir& dir) {
  VideoOptions options;
  options.pose = small_pose(dir);
  return options;
}

std::vector<VideoFrame> read_all(Video& video) {
  std::vector<VideoFrame> frames;
  while (std::optional<VideoFrame> frame = video.next()) frames.push_back(std::move(*frame));
  return frames;
}

bool same(const Keypoint& a, const Keypoint& b) {
  return a.x == b.x && a.y == b.y && a.score == b.score;
}

bool same(const VideoFrame& a, const VideoFrame& b) {
  return std::equal(a.people.begin(), a.people.end(), b.people.begin(), b.people.end(), [](const TrackedPerson& p, const TrackedPerson& q) {
    const auto equal = [](const Keypoint& k, const Keypoint& l) { return same(k, l); };
    return p.id == q.id && std::equal(p.keypoints.begin(), p.keypoints.end(), q.keypoints.begin(), equal) &&
           std::equal(p.smooth.begin(), p.smooth.end(), q.smooth.begin(), equal);
  });
}

std::multiset<int> ids_of(const VideoFrame& frame) {
  std::multiset<int> ids;
  for (const TrackedPerson& p : frame.people) ids.insert(p.id);
  return ids;
}

// Runs f in a forked process, which has 20 seconds.  Returns its exit code, -1 where a signal ended it.
template <class F> int in_child(F f) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    _exit(f());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace

TEST_CASE("a tracker gives people of frames in memory ids that last") {
  const TempDir dir;
  PoseTracker tracker(options_in(dir));
  Pose alone(small_pose(dir));
  const std::vector<std::uint8_t> pixels = noise(48 * 64 * 3);
  const ImageView view{pixels.data(), 48, 64};
  std::multiset<int> ids;
  for (int i = 0; i < 6; i++) {
    const VideoFrame frame = tracker(view, i / 25.0);
    const std::vector<Person> want = alone(view);
    CHECK(frame.index == i);
    CHECK(frame.seconds == i / 25.0);
    CHECK(frame.detected);
    CHECK(frame.image.pixels.empty());
    REQUIRE(frame.people.size() == want.size());
    for (std::size_t p = 0; p < want.size(); p++) {
      CHECK(same(frame.people[p].keypoints[3], want[p].keypoints[3]));
      CHECK(same(frame.people[p].smooth[3], want[p].keypoints[3])); // not smoothed
    }
    if (i == 4) ids = ids_of(frame); // an unsure person has its id by now
    if (i == 5) CHECK(ids_of(frame) == ids);
  }
  REQUIRE(!ids.empty());
  CHECK(*ids.rbegin() > 0);
}

TEST_CASE("a tracker follows people between detections and smooths their keypoints") {
  const TempDir dir;
  VideoOptions options = options_in(dir);
  options.detect_every = 3;
  options.smooth = true;
  PoseTracker tracker(options);
  int detected = 0;
  bool smoothed = false;
  for (int i = 0; i < 9; i++) {
    std::vector<std::uint8_t> pixels = noise(48 * 64 * 3);
    for (std::uint8_t& v : pixels) v = std::uint8_t(v / 2 + 3 * i);
    const VideoFrame frame = tracker(ImageView{pixels.data(), 48, 64}, i / 25.0);
    detected += frame.detected ? 1 : 0;
    for (const TrackedPerson& p : frame.people) {
      for (int k = 0; k < kKeypoints; k++) {
        CHECK(p.smooth[std::size_t(k)].score == p.keypoints[std::size_t(k)].score);
        smoothed = smoothed || !same(p.smooth[std::size_t(k)], p.keypoints[std::size_t(k)]);
      }
    }
  }
  CHECK(detected >= 3);
  CHECK(detected < 9);
  CHECK(smoothed);
}

TEST_CASE("a tracker takes frames of other sizes and formats") {
  const TempDir dir;
  VideoOptions options = options_in(dir);
  options.detect_every = 5;
  PoseTracker tracker(options);
  const std::vector<std::uint8_t> pixels = noise(100 * 100 * 4);
  double seconds = 0;
  for (const ImageView& view : {ImageView{pixels.data(), 48, 64}, ImageView{pixels.data(), 100, 80}, ImageView{pixels.data(), 30, 100, 400},
                                ImageView{pixels.data(), 90, 90, 0, PixelFormat::gray}}) {
    const VideoFrame frame = tracker(view, seconds += 0.04);
    CHECK(frame.detected); // another size is another scene
    CHECK(!frame.people.empty());
  }
}

TEST_CASE("a tracker refuses invalid views and times, and goes on") {
  const TempDir dir;
  for (const int every : {1, 4}) {
    VideoOptions options = options_in(dir);
    options.detect_every = every;
    PoseTracker tracker(options);
    const std::vector<std::uint8_t> pixels = noise(1000 * 3);
    const ImageView good{pixels.data(), 20, 20};
    CHECK_THROWS_AS(tracker(ImageView{}, 0), InputError);
    CHECK_THROWS_AS(tracker(ImageView{pixels.data(), 10, 10, 29}, 0), InputError);
    CHECK_THROWS_AS(tracker(ImageView{pixels.data(), 1, 1000}, 0), InputError); // too thin for the detector
    CHECK(tracker(good, 0).index == 0);
    for (const double seconds : {0.0, -1.0, double(NAN), double(INFINITY), double(-INFINITY)}) CHECK_THROWS_AS(tracker(good, seconds), InputError);
    CHECK(tracker(good, 0.04).index == 1);
  }
}

TEST_CASE("invalid options of tracking are an InputError") {
  const TempDir dir;
  const auto with = [&](auto change) {
    VideoOptions options = options_in(dir);
    change(options);
    return PoseTracker(options);
  };
  CHECK_THROWS_AS(with([](VideoOptions& o) { o.detect_every = -1; }), InputError);
  CHECK_THROWS_AS(with([](VideoOptions& o) { o.detect_every = 10001; }), InputError);
  CHECK_THROWS_AS(with([](VideoOptions& o) { o.frame_rate = 0; }), InputError);
  CHECK_THROWS_AS(with([](VideoOptions& o) { o.frame_rate = NAN; }), InputError);
  CHECK_THROWS_AS(with([](VideoOptions& o) { o.pose.input_size = 33; }), InputError);
  CHECK_THROWS_AS(with([](VideoOptions& o) { o.pose.detector = "no-such-model"; }), ModelError);
  CHECK_NOTHROW(with([](VideoOptions& o) { o.detect_every = 0; }));
}

TEST_CASE("two trackers and two threads do not disturb each other") {
  const TempDir dir;
  const std::vector<std::uint8_t> pixels = noise(48 * 64 * 3);
  const ImageView view{pixels.data(), 48, 64};
  std::vector<VideoFrame> want;
  PoseTracker first(options_in(dir));
  for (int i = 0; i < 5; i++) want.push_back(first(view, i));
  bool right[2] = {true, true};
  std::thread threads[2];
  PoseTracker trackers[2] = {PoseTracker(options_in(dir)), PoseTracker(options_in(dir))};
  for (int t = 0; t < 2; t++)
    threads[t] = std::thread([&, t] {
      for (int i = 0; i < 5; i++) right[t] = right[t] && same(trackers[t](view, i), want[std::size_t(i)]);
    });
  for (std::thread& t : threads) t.join();
  CHECK(right[0]);
  CHECK(right[1]);
  std::int64_t indices[2] = {};
  for (int t = 0; t < 2; t++) // one object: its calls wait for each other
    threads[t] = std::thread([&, t] {
      try {
        indices[t] = first(view, 10 + t).index;
      } catch (const InputError&) { // the other thread's later frame came first
        indices[t] = 5 + t;
      }
    });
  for (std::thread& t : threads) t.join();
  CHECK(std::max(indices[0], indices[1]) <= 6);
}

TEST_CASE("a moved tracker goes on") {
  const TempDir dir;
  const std::vector<std::uint8_t> pixels = noise(48 * 64 * 3);
  const ImageView view{pixels.data(), 48, 64};
  PoseTracker tracker(options_in(dir));
  CHECK(tracker(view, 0).index == 0);
  PoseTracker moved(std::move(tracker));
  CHECK(moved(view, 1).index == 1);
  tracker = std::move(moved);
  CHECK(tracker(view, 2).index == 2);
}

TEST_CASE("a forked process cannot use a tracker of its parent, but can destroy it") {
  const TempDir dir;
  VideoOptions options = options_in(dir);
  options.pose.device.threads = 2;
  auto tracker = std::make_unique<PoseTracker>(options);
  const std::vector<std::uint8_t> pixels = noise(48 * 64 * 3);
  CHECK(in_child([&] {
          try {
            (*tracker)(ImageView{pixels.data(), 48, 64}, 0);
          } catch (const InputError&) {
            tracker.reset();
            return 7;
          }
          return 1;
        }) == 7);
}

TEST_CASE("a library without FFmpeg says how to get it") {
  if (video_supported()) return;
  const TempDir dir;
  CHECK_THROWS_WITH_AS(Video("clip.mp4", options_in(dir)), doctest::Contains("libavcodec-dev"), Error);
}

TEST_CASE("a clip gives all frames in order, those of a tracker" * doctest::skip(!video_supported())) {
  const TempDir dir;
  const std::string path = write_clip(dir, 12);
  VideoOptions options = options_in(dir);
  options.images = true;
  options.smooth = true;
  Video video(path, options);
  CHECK(video.frame_rate() == 25);
  const std::vector<VideoFrame> frames = read_all(video);
  REQUIRE(frames.size() == 12);
  PoseTracker tracker(options);
  for (std::size_t i = 0; i < frames.size(); i++) {
    CHECK(frames[i].index == std::int64_t(i));
    CHECK(frames[i].seconds == doctest::Approx(double(i) / 25));
    CHECK(frames[i].error.empty());
    REQUIRE(frames[i].image.height == 48);
    REQUIRE(frames[i].image.width == 64);
    CHECK(same(tracker(frames[i].image, frames[i].seconds), frames[i]));
  }
  CHECK(!frames.back().people.empty());
  CHECK(!video.next()); // the end stays the end
}

TEST_CASE("a part of a clip has the indices and times of the whole" * doctest::skip(!video_supported())) {
  const TempDir dir;
  VideoOptions options = options_in(dir);
  options.start = 0.16;
  options.end = 0.4;
  options.step = 2;
  Video video(write_clip(dir, 12), options);
  const std::vector<VideoFrame> frames = read_all(video);
  REQUIRE(frames.size() == 3);
  for (std::size_t i = 0; i < 3; i++) {
    CHECK(frames[i].index == std::int64_t(4 + 2 * i));
    CHECK(frames[i].seconds == doctest::Approx(0.16 + 0.08 * double(i)));
    CHECK(frames[i].image.pixels.empty());
  }
}

TEST_CASE("bad clips and options are typed errors" * doctest::skip(!video_supported())) {
  const TempDir dir;
  const std::string path = write_clip(dir, 3);
  const auto with = [&](auto change) {
    VideoOptions options = options_in(dir);
    change(options);
    return Video(path, options);
  };
  CHECK_THROWS_AS(with([](VideoOptions& o) { o.start = -1; }), InputError);
  CHECK_THROWS_AS(with([](VideoOptions& o) { o.start = NAN; }), InputError);
  CHECK_THROWS_AS(with([](VideoOptions& o) { o.start = 2, o.end = 2; }), InputError);
  CHECK_THROWS_AS(with([](VideoOptions& o) { o.step = 0; }), InputError);
  CHECK_THROWS_AS(with([](VideoOptions& o) { o.detect_every = -1; }), InputError);
  CHECK_THROWS_AS(with([](VideoOptions& o) { o.pose.detector = "no-such-model"; }), ModelError);
  CHECK_THROWS_AS(Video(dir / "none.mp4", options_in(dir)), DataError);
  CHECK_THROWS_AS(Video("webcam:987", options_in(dir)), DataError);
  pose::testing::write_bytes(dir / "text.mp4", "not a clip");
  CHECK_THROWS_AS(Video(dir / "text.mp4", options_in(dir)), DataError);
}

TEST_CASE("frames before the place where a clip breaks off are returned" * doctest::skip(!video_supported())) {
  const TempDir dir;
  std::string bytes = pose::testing::read_bytes(write_avi(dir, 6));
  bytes.resize(bytes.size() - 1000);
  pose::testing::write_bytes(dir / "cut.avi", bytes);
  Video video(dir / "cut.avi", options_in(dir));
  std::int64_t frames = 0;
  CHECK_THROWS_AS(
      [&] {
        while (video.next()) frames++;
      }(),
      DataError);
  CHECK(frames == 5);
  CHECK(!video.next());
}

TEST_CASE("frames that the networks refuse have an error" * doctest::skip(!video_supported())) {
  const TempDir dir;
  Video video(write_clip(dir, 2, 2, 1000), options_in(dir));
  const std::vector<VideoFrame> frames = read_all(video);
  REQUIRE(frames.size() == 2);
  CHECK(!frames[1].error.empty());
  CHECK(frames[1].people.empty());
}

TEST_CASE("a clip may be left while frames are pending" * doctest::skip(!video_supported())) {
  const TempDir dir;
  const std::string path = write_clip(dir, 100);
  { const Video unread(path, options_in(dir)); }
  Video a(path, options_in(dir)), b(path, options_in(dir));
  for (int i = 0; i < 2; i++) {
    CHECK(a.next()->index == i);
    CHECK(b.next()->index == i);
  }
  b = std::move(a); // destroys b's clip
  CHECK(b.next()->index == 2);
}

TEST_CASE("threads share the frames of a clip" * doctest::skip(!video_supported())) {
  const TempDir dir;
  Video video(write_clip(dir, 20), options_in(dir));
  std::vector<std::int64_t> indices[2];
  std::thread threads[2];
  for (int t = 0; t < 2; t++)
    threads[t] = std::thread([&, t] {
      while (const std::optional<VideoFrame> frame = video.next()) indices[t].push_back(frame->index);
    });
  for (std::thread& t : threads) t.join();
  std::set<std::int64_t> all(indices[0].begin(), indices[0].end());
  all.insert(indices[1].begin(), indices[1].end());
  CHECK(all.size() == 20);
  CHECK(indices[0].size() + indices[1].size() == 20);
}

TEST_CASE("a forked process cannot use a clip of its parent, but can destroy it" * doctest::skip(!video_supported())) {
  const TempDir dir;
  auto video = std::make_unique<Video>(write_clip(dir, 50), options_in(dir));
  REQUIRE(video->next());
  CHECK(in_child([&] {
          try {
            video->next();
          } catch (const InputError&) {
            video.reset();
            return 7;
          }
          return 1;
        }) == 7);
  CHECK(video->next()->index == 1); // of the parent
}
