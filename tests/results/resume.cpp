// Tests --resume's part: what is done, torn ends, and runs that are killed at any moment.
// SPDX-License-Identifier: MIT
#include "results/resume.h"

#include "results/key.h"
#include "tests/error_of.h"
#include "tests/results/frames.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <numeric>

using namespace pose;
using namespace pose::testing;

namespace {

const std::string kDigits = "0001"; // of the keys of clip_frame()

Resumed resume_file(const std::string& path, std::vector<FrameResult>* replayed = nullptr) {
  LineWriter writer(path, Existing::resume);
  return resume(writer, kDigits, [&](FrameResult frame) {
    if (replayed != nullptr) replayed->push_back(std::move(frame));
  });
}

std::string key(int content) {
  return fmt::format("{}{:012x}", kDigits, content);
}

// A run over a clip: goes on where the file ends, and writes up to `frames` lines.
void run(const std::string& path, std::int64_t frames) {
  LineWriter writer(path, Existing::resume);
  Resumed resumed = resume(writer, kDigits, [](const FrameResult&) {});
  const FrameSet done = resumed.done.take(clip_frame(0).key);
  for (std::int64_t frame = 0; frame < frames; ++frame) {
    if (!done.contains(frame) && !writer.write(format_line(clip_frame(frame, 3)))) return;
  }
}

} // namespace

TEST_CASE("a new file has nothing done") {
  const TempDir dir;
  Resumed resumed = resume_file(dir / "r.jsonl");
  CHECK(resumed.lines == 0);
  CHECK(resumed.cut_bytes == 0);
  CHECK(resumed.done.take(key(1)).empty());
  CHECK(resumed.done.take(key(1)).last() == -1);
}

TEST_CASE("all results are replayed in order, and their frames are done") {
  const TempDir dir;
  std::string text;
  for (int frame = 0; frame < 10; ++frame) text += format_line(clip_frame(frame, frame % 3));
  text += format_line(image("a.jpg", 1, key(7)));
  write_bytes(dir / "r.jsonl", text);
  std::vector<FrameResult> replayed;
  Resumed resumed = resume_file(dir / "r.jsonl", &replayed);
  CHECK(resumed.lines == 11);
  std::string again;
  for (const FrameResult& frame : replayed) again += format_line(frame);
  CHECK(again == text);
  const FrameSet clip = resumed.done.take(clip_frame(0).key);
  for (int frame = 0; frame < 10; ++frame) CHECK(clip.contains(frame));
  CHECK(!clip.contains(10));
  CHECK(!clip.contains(-1));
  CHECK(clip.last() == 9);
  CHECK(resumed.done.take(key(7)).contains(0));
}

TEST_CASE("steps and gaps are exact") {
  DoneFrames done;
  std::vector<bool> want(200);
  for (int frame : {0, 5, 10, 15, 16, 17, 19, 21, 100, 101, 150}) {
    done.add(key(1), frame);
    want[std::size_t(frame)] = true;
  }
  const FrameSet frames = done.take(key(1));
  for (int frame = 0; frame < 200; ++frame) CHECK(frames.contains(frame) == want[std::size_t(frame)]);
  CHECK(frames.last() == 150);
}

TEST_CASE("of two equal inputs, each gets its own lines") {
  DoneFrames done;
  for (int frame : {0, 1, 2, 3}) done.add(key(1), frame); // one clip twice, the second time in part ...
  for (int frame : {0, 1}) done.add(key(1), frame);
  for (int i = 0; i < 3; ++i) done.add(key(2), 0); // ... and an image three times
  const FrameSet first = done.take(key(1)), second = done.take(key(1));
  CHECK(first.last() == 3);
  CHECK(second.last() == 1);
  CHECK(done.take(key(1)).empty());
  for (int i = 0; i < 3; ++i) CHECK(done.take(key(2)).contains(0));
  CHECK(done.take(key(2)).empty());
}

TEST_CASE("interleaved sources are kept apart") {
  DoneFrames done;
  for (int frame = 0; frame < 50; ++frame) {
    done.add(key(1), frame);
    if (frame % 2 == 0) done.add(key(2), frame);
  }
  const FrameSet one = done.take(key(1)), two = done.take(key(2));
  for (int frame = 0; frame < 50; ++frame) {
    CHECK(one.contains(frame));
    CHECK(two.contains(frame) == (frame % 2 == 0));
  }
  CHECK(done.take(key(3)).empty());
}

TEST_CASE("a torn end is cut wherever it is torn, and the run goes on with the same bytes") {
  const TempDir dir;
  const std::string path = dir / "r.jsonl";
  run(path, 3);
  const std::string whole = read_bytes(path);
  const std::size_t first = whole.find('\n') + 1;
  for (std::size_t cut = first - 3; cut < whole.size(); cut += 61) {
    write_bytes(path, whole.substr(0, cut));
    run(path, 3);
    REQUIRE(read_bytes(path) == whole);
  }
  write_bytes(path, whole.substr(0, first) + std::string(4096, '\0') + whole.substr(first));
  CHECK(resume_file(path).cut_bytes == std::int64_t(4096 + whole.size() - first));
  CHECK(read_bytes(path) == whole.substr(0, first));
}

TEST_CASE("wrong lines and other settings are refused, and the file stays as it is") {
  const TempDir dir;
  const std::string path = dir / "r.jsonl", one = format_line(clip_frame(0)), torn = "{\"schema\":1";
  write_bytes(path, one + "oops\n" + one + torn);
  CHECK(error_of([&] { resume_file(path); }) == path + ":2: expected JSON, found an error at byte 1 of the line");
  CHECK(read_bytes(path) == one + "oops\n" + one + torn);
  write_bytes(path, one + format_line(clip_frame(1, 0, "0002000000000000")) + torn);
  CHECK_THROWS_AS(resume_file(path), InputError);
  CHECK(error_of([&] { resume_file(path); }) ==
        path + ":2: expected results of these settings, whose keys begin with 0001, found key 0002000000000000");
  CHECK(read_bytes(path).ends_with(torn));
  CHECK(error_of([&] { resume_file("/dev/null"); }) == "/dev/null: expected a regular file to resume, found a device or pipe");
}

TEST_CASE("a run that is killed again and again loses and repeats nothing") {
  constexpr std::int64_t kFrames = 3000;
  const TempDir dir;
  const std::string path = dir / "r.jsonl", want = dir / "want.jsonl";
  run(want, kFrames);
  std::mt19937 random(3);
  int kills = 0;
  for (bool done = false; !done;) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      run(path, kFrames);
      _exit(0);
    }
    usleep(useconds_t(random() % 20000));
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    done = WIFEXITED(status);
    kills += done ? 0 : 1;
    if (kills == 30) { // enough: the last run is not disturbed
      run(path, kFrames);
      done = true;
    }
  }
  CHECK(kills > 0);
  CHECK(read_bytes(path) == read_bytes(want));
}
