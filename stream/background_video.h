// BackgroundVideo: the frames of a clip or camera one by one, computed on separate threads while the caller works on the frame before.
// SPDX-License-Identifier: MIT
#pragma once

#include "stream/video_run.h"
#include "tensor/one_process.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

namespace pose {

class BackgroundVideo {
public:
  // Opens the source, a path, URL or "-", or "webcam:N".  Throws as VideoReader does.
  BackgroundVideo(const std::string& source, VideoOptions reading);
  ~BackgroundVideo(); // stops after the frames that are being computed

  // Begins to compute frames; to be called once, before the others.  engine, which may be loaded after a source proved to open, must outlive the
  // object.
  void start(Engine& engine, StreamOptions stream, VideoRunOptions run);
  // Waits for the next frame.  Returns nothing at the end.  Throws what ended the run, after the last frame.  One thread at a time.
  std::optional<DoneFrame> next();
  // Waits at most `limit`.  Returns whether next() would return at once.
  bool wait(std::chrono::milliseconds limit);
  const VideoInfo& info() const { return info_; }

private:
  static constexpr std::size_t kMostReady = 2; // frames that wait for the caller

  void run_all(PeopleStream& people, const VideoRunOptions& run);
  void push(DoneFrame frame);

  std::atomic<bool> stopping_{false};
  int step_;
  StopCallback stop_;
  VideoReader reader_;
  VideoInfo info_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<DoneFrame> ready_;
  bool ended_ = false;
  std::exception_ptr error_;
  std::thread thread_; // of start(); last: it uses the members above
};

// Destroys the object in the process that made it.  After fork() a child has no thread to wait for: there the object stays allocated.
struct CloseVideo {
  OneProcess process = {};
  void operator()(BackgroundVideo* video) const {
    if (process.is_same()) delete video;
  }
};
using OwnedVideo = std::unique_ptr<BackgroundVideo, CloseVideo>;

} // namespace pose
