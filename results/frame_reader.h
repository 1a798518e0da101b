// FrameReader: reads JSON Lines from the start, in constant memory, up to a torn end.
// SPDX-License-Identifier: MIT
#pragma once

#include "results/frame_result.h"
#include "tensor/stop.h"

#include <optional>
#include <string>
#include <string_view>

namespace pose {

// A file that is still written, or whose run was killed, may end with a torn line: one without a line feed.  After a power loss there may also be
// bytes of 0 where the system had not stored the contents.  Reading stops before either.
class FrameReader {
public:
  // "-": standard input.  Throws DataError.  A wait for a pipe ends with Interrupted when stop() returns true.
  explicit FrameReader(std::string path, StopCallback stop = {});
  ~FrameReader();
  FrameReader(const FrameReader&) = delete;
  FrameReader& operator=(const FrameReader&) = delete;

  // Reads the next line.  Returns nothing at the end.  Throws DataError "FILE:LINE: ..." for a line that is not a result; the next call then reads
  // the line after it.
  std::optional<FrameResult> read();

  bool torn() const { return torn_; }         // whether reading stopped before a torn end
  std::int64_t line() const { return line_; } // number of the line read last, from 1
  std::int64_t end() const { return end_; }   // size of all lines read
  std::string place() const;                  // FILE:LINE of the line read last

private:
  std::optional<std::string_view> next_line();
  bool fill();
  void wait() const;

  std::string path_;
  StopCallback stop_;
  int fd_ = -1;
  std::string buffer_;
  std::size_t begin_ = 0;   // of the next line in the buffer
  std::size_t scanned_ = 0; // before it, the buffer has no line feed after begin_
  bool torn_ = false;
  std::int64_t line_ = 0, end_ = 0;
};

} // namespace pose
