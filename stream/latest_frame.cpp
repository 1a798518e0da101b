// Implements latest_frame.h.
// SPDX-License-Identifier: MIT
#include "stream/latest_frame.h"

#include <utility>

namespace pose {

LatestFrame::LatestFrame(VideoReader& reader) : reader_(reader), thread_([this] { read_all(); }) {}

LatestFrame::~LatestFrame() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void LatestFrame::read_all() {
  try {
    for (VideoFrame frame; reader_.read(frame);) {
      const std::lock_guard lock(mutex_);
      if (stopping_) break;
      if (newest_) dropped_++;
      newest_ = std::move(frame);
      changed_.notify_all();
    }
  } catch (...) {
    const std::lock_guard lock(mutex_);
    error_ = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

std::optional<VideoFrame> LatestFrame::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return newest_ || ended_; });
  if (newest_) return std::exchange(newest_, std::nullopt);
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  return std::nullopt;
}

std::int64_t LatestFrame::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

} // namespace pose
