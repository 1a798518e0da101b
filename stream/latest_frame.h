// LatestFrame: the newest frame of a camera, so that slow networks drop frames instead of delaying them.
// SPDX-License-Identifier: MIT
#pragma once

#include "video/reader.h"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

namespace pose {

// Reads a live source on its own thread and keeps the newest frame only.
class LatestFrame {
public:
  explicit LatestFrame(VideoReader& reader);
  ~LatestFrame(); // stops reading: the reader's stop callback must end a read that waits

  // Waits for a frame that was not returned yet.  Returns nothing at the end.  Throws what the reader throws, after the last frame.
  std::optional<VideoFrame> next();
  std::int64_t dropped() const;

private:
  void read_all();

  VideoReader& reader_;
  std::optional<VideoFrame> newest_;
  std::int64_t dropped_ = 0;
  bool ended_ = false, stopping_ = false;
  std::exception_ptr error_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::thread thread_; // last: it uses the members above
};

} // namespace pose
