// FileBytes: the bytes of a local file, pipe or device, for FFmpeg's demuxers and muxers.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/stop.h"

#include <chrono>
#include <optional>
#include <string>

struct AVIOContext;

namespace pose::ffmpeg {

// Says when a blocking call must end: the user wants it, or a time limit is over.  FFmpeg calls interrupt() while it waits.
class Watch {
public:
  explicit Watch(StopCallback stop) : stop_(std::move(stop)) {}

  // Starts to wait for at most `limit`; none: without a limit.
  void start(std::optional<std::chrono::seconds> limit);
  bool over();
  bool stopped() const { return stopped_; } // the callback returned true
  bool late() const { return late_; }       // the time was over

  static int interrupt(void* watch) { return static_cast<Watch*>(watch)->over() ? 1 : 0; }

private:
  StopCallback stop_;
  std::optional<std::chrono::steady_clock::time_point> deadline_;
  bool stopped_ = false, late_ = false;
};

// FFmpeg's own protocols for files and pipes block in read() and open() without a way out, and read a name such as "a:b.mp4" as an address.
class FileBytes {
public:
  // Opens for reading.  "-" is standard input.  Waits for a pipe only in reads, which end when watch.over().  Throws DataError for a path that is
  // missing or unreadable, a folder and a terminal.
  static FileBytes open(const std::string& path, Watch& watch);
  // Creates or empties a file for writing.  Throws InputError if it is the same file as `not_this`.  Throws Error for a file that cannot be written
  // or that another process is writing by this class.
  static FileBytes create(const std::string& path, const std::string& not_this);

  FileBytes(FileBytes&& other) noexcept;
  FileBytes& operator=(FileBytes&&) = delete;
  ~FileBytes();

  AVIOContext* io() const { return io_; }
  bool seekable() const; // a regular file
  int error() const;     // errno of the first write that failed, or 0

private:
  struct State;
  explicit FileBytes(State* state);
  State* state_;
  AVIOContext* io_ = nullptr;
};

} // namespace pose::ffmpeg
