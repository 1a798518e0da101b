// Tests tracking of results: ids and smoothed keypoints in a file, and a tracker that is fed with results read back.
// SPDX-License-Identifier: MIT
#include "results/track.h"

#include "results/frame_reader.h"
#include "tests/error_of.h"
#include "tests/results/frames.h"

using namespace pose;
using namespace pose::testing;

namespace {

// A standing person with the left side at x.
ResultPerson walker(float x, float y = 100) {
  ResultPerson p;
  for (std::size_t k = 0; k < kJoints; ++k) p.person.joints[k] = {x + float(k % 3) * 20, y + float(k) * 10};
  p.person.scores.fill(0.9f);
  p.person.proposal_score = 3;
  p.person.box = {x - 5, y - 5, x + 45, y + 165};
  p.person.box_score = 0.9f;
  return p;
}

// Two people who walk towards each other, in different heights of the image.
std::vector<FrameResult> clip(const std::string& source, int frames) {
  std::vector<FrameResult> all;
  for (int i = 0; i < frames; ++i) {
    FrameResult frame = clip_frame(i);
    frame.source = source;
    const ResultPerson upper = walker(50 + 4 * float(i)), lower = walker(400 - 4 * float(i), 300);
    if (i % 2 == 0) {
      frame.people = {upper, lower};
    } else {
      frame.people = {lower, upper};
    }
    all.push_back(frame);
  }
  return all;
}

std::string text_of(const std::vector<FrameResult>& frames) {
  std::string text;
  for (const FrameResult& frame : frames) text += format_line(frame);
  return text;
}

std::vector<FrameResult> read_all(const std::string& path) {
  std::vector<FrameResult> frames;
  FrameReader reader(path);
  while (auto frame = reader.read()) frames.push_back(std::move(*frame));
  return frames;
}

} // namespace

TEST_CASE("people keep their ids through a file, and each source begins with 1") {
  const TempDir dir;
  const auto one = clip("one.mp4", 20), two = clip("two.mp4", 20);
  write_bytes(dir / "in.jsonl", text_of(one) + text_of(two));
  const TrackedResults done = track_results(dir / "in.jsonl", dir / "out.jsonl", {true});
  CHECK(done.lines == 40);
  CHECK(done.ids == 4);
  const auto tracked = read_all(dir / "out.jsonl");
  REQUIRE(tracked.size() == 40);
  for (std::size_t i = 0; i < tracked.size(); ++i) {
    const FrameResult& in = i < 20 ? one[i] : two[i - 20];
    REQUIRE(tracked[i].people.size() == 2);
    CHECK(tracked[i].people[i % 2].id == 1);
    CHECK(tracked[i].people[1 - i % 2].id == 2);
    CHECK(tracked[i].people[0].smooth.has_value());
    CHECK(tracked[i].people[0].person.joints[9].x == in.people[0].person.joints[9].x); // raw values are kept
    CHECK(tracked[i].key != in.key);
    CHECK(tracked[i].key.substr(0, 4) == tracked[0].key.substr(0, 4));
  }
}

TEST_CASE("a tracker that is fed with results read back goes on as before") {
  const auto frames = clip("one.mp4", 30);
  ResultTracker whole(true), resumed(true);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    FrameResult want = frames[i];
    whole.update(want, *want.time);
    FrameResult got = i < 17 ? parse_line(format_line(want), "x:1") : frames[i]; // replayed, then computed
    resumed.update(got, *got.time);
    CHECK(format_line(got) == format_line(want));
  }
}

TEST_CASE("images are frames of one clip where a rate is given, else refused") {
  const TempDir dir;
  auto frames = clip("", 10);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    frames[i].source = fmt::format("{}.jpg", i);
    frames[i].frame = 0;
    frames[i].time.reset();
  }
  write_bytes(dir / "in.jsonl", text_of(frames));
  CHECK(error_of([&] { track_results(dir / "in.jsonl", dir / "out.jsonl", {}); }) ==
        (dir / "in.jsonl") + ":1: expected the frame of a clip, or a frame rate for images, found an image without a time");
  const TrackedResults done = track_results(dir / "in.jsonl", dir / "out.jsonl", {false, 25.0});
  CHECK(done.ids == 2);
  const auto tracked = read_all(dir / "out.jsonl");
  REQUIRE(tracked.size() == 10);
  CHECK(tracked[9].people[1].id == 1);
  CHECK(!tracked[9].people[1].smooth);
  CHECK(!tracked[9].time);
  CHECK_THROWS_AS(track_results(dir / "in.jsonl", dir / "out2.jsonl", {false, 0.0}), InputError);
}

TEST_CASE("tracking replaces no file, and not its input at all") {
  const TempDir dir;
  write_bytes(dir / "in.jsonl", text_of(clip("one.mp4", 3)) + "{\"schema\"");
  write_bytes(dir / "out.jsonl", "old\n");
  CHECK_THROWS_AS(track_results(dir / "in.jsonl", dir / "out.jsonl", {}), InputError);
  CHECK(read_bytes(dir / "out.jsonl") == "old\n");
  const TrackedResults done = track_results(dir / "in.jsonl", dir / "out.jsonl", {false, {}, Existing::overwrite});
  CHECK(done.torn);
  CHECK(done.lines == 3);
  CHECK(error_of([&] {
          track_results(dir / "in.jsonl", dir / "in.jsonl", {false, {}, Existing::overwrite});
        }) == (dir / "in.jsonl") + ": expected another file than the input");
  CHECK(read_all(dir / "in.jsonl").size() == 3);
}
