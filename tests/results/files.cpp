// Tests the files of lines: writing, locks, full disks, closed pipes, reading up to a torn end.
// SPDX-License-Identifier: MIT
#include "results/frame_reader.h"
#include "results/line_writer.h"
#include "tests/error_of.h"
#include "tests/results/frames.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

using namespace pose;
using namespace pose::testing;

namespace {

// Runs `work` in a child process, and returns its exit code; 128 + its signal where one ended it.
template <class Work> int in_child(Work work) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) _exit(work());
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::vector<std::int64_t> frames_of(FrameReader& reader) {
  std::vector<std::int64_t> frames;
  while (const auto frame = reader.read()) frames.push_back(frame->frame);
  return frames;
}

} // namespace

TEST_CASE("lines are in the file as soon as they are written") {
  const TempDir dir;
  LineWriter writer(dir / "r.jsonl");
  CHECK(writer.write("one\n"));
  CHECK(read_bytes(dir / "r.jsonl") == "one\n");
  CHECK(writer.write("two\n"));
  CHECK(read_bytes(dir / "r.jsonl") == "one\ntwo\n");
  CHECK(writer.size() == 8);
  writer.cut(4);
  CHECK(writer.write("three\n"));
  CHECK(read_bytes(dir / "r.jsonl") == "one\nthree\n");
}

TEST_CASE("a file with contents is not replaced unasked") {
  const TempDir dir;
  const std::string path = dir / "r.jsonl";
  write_bytes(path, "old\n");
  CHECK_THROWS_AS(LineWriter{path}, InputError);
  CHECK(error_of([&] { LineWriter{path}; }) == path + ": expected a new or empty file, found one of 4 bytes, which can be resumed or overwritten");
  CHECK(read_bytes(path) == "old\n");
  {
    LineWriter writer(path, Existing::resume);
    CHECK(writer.size() == 4);
    CHECK(writer.write("new\n"));
  }
  CHECK(read_bytes(path) == "old\nnew\n");
  CHECK(LineWriter(path, Existing::overwrite).write("x\n"));
  CHECK(read_bytes(path) == "x\n");
  write_bytes(path, "");
  CHECK(LineWriter(path).write("y\n"));
  CHECK(read_bytes(path) == "y\n");
}

TEST_CASE("two runs cannot write one file") {
  const TempDir dir;
  const std::string path = dir / "r.jsonl";
  LineWriter writer(path);
  CHECK(writer.write("one\n"));
  for (const Existing existing : {Existing::refuse, Existing::overwrite, Existing::resume}) {
    CHECK_THROWS_AS(LineWriter(path, existing), InputError);
    CHECK(error_of([&] { LineWriter(path, existing); }) == path + ": expected no other run, found one that writes this file");
  }
  CHECK(read_bytes(path) == "one\n");
}

TEST_CASE("a path that cannot be written is one line") {
  const TempDir dir;
  CHECK(error_of([&] { LineWriter{dir / "none/r.jsonl"}; }) == (dir / "none/r.jsonl") + ": cannot be written: No such file or directory");
  CHECK(error_of([&] { LineWriter{dir.path().string()}; }) == dir.path().string() + ": cannot be written: Is a directory");
  LineWriter full("/dev/full");
  CHECK(error_of([&] { (void)full.write("x\n"); }) == "/dev/full: cannot be written: No space left on device");
}

TEST_CASE("a full disk keeps every line before it, and no part of the next one") {
  const TempDir dir;
  const std::string path = dir / "r.jsonl", line = std::string(999, 'x') + "\n";
  const int code = in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    constexpr rlimit kLimit{2500, 2500};
    setrlimit(RLIMIT_FSIZE, &kLimit);
    LineWriter writer(path);
    const bool wrote = writer.write(line) && writer.write(line);
    const std::string error = error_of([&] { (void)writer.write(line); });
    return wrote && error == path + ": cannot be written: File too large" && writer.size() == 2000 ? 0 : 1;
  });
  CHECK(code == 0);
  CHECK(read_bytes(path) == line + line);
}

TEST_CASE("a reader that closes the pipe ends the writing without a signal or an error") {
  const TempDir dir;
  const std::string path = dir / "pipe";
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  const int code = in_child([&] {
    std::signal(SIGPIPE, SIG_DFL);
    const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
    LineWriter writer(path);
    if (writer.is_file() || !writer.write("one\n")) return 1;
    ::close(reader);
    if (writer.write("two\n")) return 2;
    write_bytes(dir / "alive", "");
    return ::raise(SIGPIPE); // ends the process as before
  });
  CHECK(dir.names() == std::vector<std::string>{"alive", "pipe"});
  CHECK(code == 128 + SIGPIPE);
}

TEST_CASE("a pipe that is full and non-blocking gets all lines") {
  int ends[2];
  REQUIRE(pipe2(ends, O_NONBLOCK) == 0);
  const std::string line = std::string(999, 'x') + "\n";
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    LineWriter writer("-");
    bool wrote = true;
    for (int i = 0; i < 300; ++i) wrote = wrote && writer.write(line);
    _exit(wrote ? 0 : 1);
  }
  ::close(ends[1]);
  ::fcntl(ends[0], F_SETFL, 0);
  std::string text, block(4096, ' ');
  for (ssize_t n = 0; (n = ::read(ends[0], block.data(), block.size())) > 0;) text.append(block, 0, std::size_t(n));
  ::close(ends[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(text.size() == 300 * line.size());
}

TEST_CASE("reading stops before a torn end") {
  const TempDir dir;
  const std::string path = dir / "r.jsonl", one = format_line(clip_frame(0, 1)), two = format_line(clip_frame(1, 2));
  for (std::size_t cut = 0; cut <= two.size(); ++cut) {
    write_bytes(path, one + two.substr(0, cut));
    FrameReader reader(path);
    const bool whole = cut == two.size();
    CHECK(frames_of(reader) == (whole ? std::vector<std::int64_t>{0, 1} : std::vector<std::int64_t>{0}));
    CHECK(reader.torn() == (cut > 0 && !whole));
    CHECK(reader.end() == std::int64_t(whole ? one.size() + two.size() : one.size()));
  }
}

TEST_CASE("bytes of 0 after a power loss are a torn end, and lines after them do not count") {
  const TempDir dir;
  const std::string path = dir / "r.jsonl", one = format_line(clip_frame(0));
  for (const std::string& hole : {std::string(1, '\0'), std::string(5000, '\0'), std::string(3000000, '\0')}) {
    for (const std::string& rest : {std::string(), std::string("\n"), "rest}\n" + format_line(clip_frame(9))}) {
      write_bytes(path, one + hole + rest);
      FrameReader reader(path);
      CHECK(frames_of(reader) == std::vector<std::int64_t>{0});
      CHECK(reader.torn());
      CHECK(reader.end() == std::int64_t(one.size()));
    }
  }
}

TEST_CASE("a wrong line is an error with its number, and reading goes on after it") {
  const TempDir dir;
  const std::string path = dir / "r.jsonl";
  write_bytes(path, format_line(clip_frame(0)) + "oops\n\n" + format_line(clip_frame(2)));
  FrameReader reader(path);
  CHECK(reader.read()->frame == 0);
  CHECK(error_of([&] { reader.read(); }) == path + ":2: expected JSON, found an error at byte 1 of the line");
  CHECK(error_of([&] { reader.read(); }) == path + ":3: expected JSON, found an error at byte 1 of the line");
  CHECK(reader.read()->frame == 2);
  CHECK(!reader.read());
  CHECK(!reader.torn());
  CHECK(reader.line() == 4);
}

TEST_CASE("lines longer than a block are read, and endless ones refused") {
  const TempDir dir;
  const std::string path = dir / "r.jsonl", longer = format_line(clip_frame(1, 500));
  REQUIRE(longer.size() > 500000);
  write_bytes(path, format_line(clip_frame(0)) + longer + format_line(clip_frame(2)));
  FrameReader reader(path);
  CHECK(frames_of(reader) == std::vector<std::int64_t>{0, 1, 2});
  write_bytes(path, format_line(clip_frame(0)) + std::string(70 << 20, ' '));
  FrameReader endless(path);
  CHECK(endless.read()->frame == 0);
  CHECK(error_of([&] { endless.read(); }) == path + ":2: expected a line of at most 67108864 bytes, found more");
}

TEST_CASE("a file that cannot be read is one line") {
  const TempDir dir;
  CHECK(error_of([&] { FrameReader{dir / "none"}; }) == (dir / "none") + ": cannot be read: No such file or directory");
  FrameReader folder(dir.path().string());
  CHECK(error_of([&] { folder.read(); }) == dir.path().string() + ": cannot be read: Is a directory");
}
