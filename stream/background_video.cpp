// Implements background_video.h.
// SPDX-License-Identifier: MIT
#include "stream/background_video.h"

#include <utility>

namespace pose {
namespace {

constexpr const char* kCamera = "webcam:";

VideoReader open(const std::string& source, const VideoOptions& options) {
  if (source.rfind(kCamera, 0) == 0) return VideoReader::open_camera(source.substr(std::string(kCamera).size()), options);
  return VideoReader::open(source, options);
}

} // namespace

BackgroundVideo::BackgroundVideo(const std::string& source, VideoOptions reading)
    : step_(reading.step), stop_([this, asked = reading.stop] { return stopping_ || wants_stop(asked); }), reader_([&] {
        reading.stop = stop_;
        return open(source, reading);
      }()),
      info_(reader_.info()) {}

void BackgroundVideo::start(Engine& engine, StreamOptions stream, VideoRunOptions run) {
  run.stop = stop_;
  PeopleStream people(engine, stream);
  if (info_.fps > 0) people.set_rate(info_.fps / step_);
  thread_ = std::thread([this, people = std::move(people), run = std::move(run)]() mutable { run_all(people, run); });
}

BackgroundVideo::~BackgroundVideo() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void BackgroundVideo::run_all(PeopleStream& people, const VideoRunOptions& run) {
  std::exception_ptr error;
  try {
    run_video(reader_, people, run, [this](DoneFrame& frame, const VideoProgress&) { push(std::move(frame)); });
  } catch (...) {
    error = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  error_ = std::move(error);
  ended_ = true;
  changed_.notify_all();
}

void BackgroundVideo::push(DoneFrame frame) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return ready_.size() < kMostReady || stopping_; });
  ready_.push_back(std::move(frame));
  changed_.notify_all();
}

bool BackgroundVideo::wait(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [&] { return !ready_.empty() || ended_; });
}

std::optional<DoneFrame> BackgroundVideo::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !ready_.empty() || ended_; });
  if (ready_.empty()) {
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
    return std::nullopt;
  }
  DoneFrame frame = std::move(ready_.front());
  ready_.pop_front();
  changed_.notify_all();
  return frame;
}

} // namespace pose
