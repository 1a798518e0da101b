// LineWriter: a file of lines that survives a kill of its process, is never replaced unasked, and is written by one run at a time.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/stop.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace pose {

// What to do with a file that exists and is not empty.
enum class Existing { refuse, overwrite, resume };

// Each line is one write(2) (to a pipe: up to PIPE_BUF bytes), so that a reader or another process sees complete lines, and a kill -9 loses none that
// was written.  A power loss can take what the system has not stored yet: a file is synced at most every kSyncSeconds, and at the end.
class LineWriter {
public:
  static constexpr std::chrono::seconds kSyncSeconds{5};
  static constexpr std::chrono::seconds kPatience{2};

  // Opens and locks the file; "-" is standard output.  Throws InputError where another run has the lock, or where a file with contents is refused;
  // Error where the file cannot be opened.  With Existing::resume the file keeps its contents (results/resume.h).
  // stop: ends the wait for a reader that does not read, kPatience after it returned true.
  explicit LineWriter(std::string path, Existing existing = Existing::refuse, StopCallback stop = {});
  ~LineWriter(); // syncs and closes without an error
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  // Appends lines with their line feeds.  Returns false if the reader of a pipe has closed it, or does not read while the run is stopped: there is no
  // use in further lines, and the run should end.  Throws Error if the line cannot be written; a file then still ends with the line before it.
  [[nodiscard]] bool write(std::string_view lines);
  // Syncs.  Throws Error where the system could not store what was written.
  void sync();

  // Removes everything from this size on.
  void cut(std::int64_t size);
  std::int64_t size() const { return size_; } // bytes; of a pipe or device: those written
  bool is_file() const { return is_file_; }   // not a pipe or a device
  const std::string& path() const { return path_; }

private:
  void open(Existing existing);
  [[noreturn]] void fail_errno(int error) const;

  int wait_for_reader() const;
  int write_all(std::string_view bytes, std::size_t& written) const;

  std::string path_;
  StopCallback stop_;
  int fd_ = -1;
  bool is_file_ = false;
  bool left_ = false; // by the reader
  std::int64_t size_ = 0;
  std::chrono::steady_clock::time_point synced_;
};

} // namespace pose
