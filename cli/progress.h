// Progress: one line on a terminal with rate and time left.
// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>

namespace pose::apps {

// Writes to standard error, only if that is a terminal and `quiet` is false.
class Progress {
public:
  Progress(std::size_t total, const char* unit, bool quiet); // total 0: unknown
  ~Progress();                                               // ends the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void step();  // counts one more as done
  void clear(); // removes the line, so that a message can be printed

private:
  std::size_t total_, done_ = 0;
  const char* unit_;
  bool shown_;
  std::chrono::steady_clock::time_point start_;
};

} // namespace pose::apps
