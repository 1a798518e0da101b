// Implements tracking.h over BackgroundVideo and PeopleStream.
// SPDX-License-Identifier: MIT
#include "python/tracking.h"

#include "python/arrays.h"
#include "python/gil.h"
#include "stream/background_video.h"

#include <thread>

namespace nb = nanobind;

namespace pose::python {
namespace {

constexpr std::chrono::milliseconds kPoll{50}; // from one check for signals to the next

// The stop callback: asks Python whether a signal came while a source is opened.  Other threads and later calls get no answer from Python, and stop
// only when the interpreter exits.
class OpeningSignals {
public:
  bool interrupted() {
    if (interpreter_exits()) return true;
    if (!opening_ || std::this_thread::get_id() != thread_) return false;
    const WithGil acquire;
    if (!interrupted_) interrupted_ = PyErr_CheckSignals() != 0; // leaves Python's error set
    return interrupted_;
  }
  // Throws the error of the signal.  Call with the GIL.
  void end() {
    opening_ = false;
    if (interrupted_) throw nb::python_error();
  }

private:
  std::atomic<bool> opening_{true};
  const std::thread::id thread_ = std::this_thread::get_id();
  bool interrupted_ = false; // used by that thread only
};

// A mutex that is waited for without the GIL.  Callbacks and signal handlers of Python may call the object that they serve: that is an error.
class OneCaller {
public:
  // Call without the GIL.  Throws InputError where this thread holds the lock.
  class Lock {
  public:
    explicit Lock(OneCaller& caller) : caller_(caller) {
      if (caller.owner_ == std::this_thread::get_id()) throw InputError("expected one call after the other, found one from within another");
      caller.mutex_.lock();
      caller.owner_ = std::this_thread::get_id();
    }
    ~Lock() {
      caller_.owner_ = std::thread::id();
      caller_.mutex_.unlock();
    }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

  private:
    OneCaller& caller_;
  };

private:
  std::mutex mutex_;
  std::atomic<std::thread::id> owner_{};
};

class ClipTracking : public Tracking {
public:
  ClipTracking(std::shared_ptr<SharedPose> pose, const std::string& source, VideoOptions reading, const TrackSettings& settings)
      : pose_(std::move(pose)) {
    const auto signals = std::make_shared<OpeningSignals>();
    reading.stop = [signals] { return signals->interrupted(); };
    VideoRunOptions run;
    run.keep_images = settings.images;
    std::exception_ptr error;
    {
      const WithoutGil release;
      try {
        video_.reset(new BackgroundVideo(source, reading));
        video_->start(pose_->engine(), settings.stream, run);
      } catch (...) {
        error = std::current_exception();
      }
    }
    signals->end();
    if (error) std::rethrow_exception(error);
  }

  ~ClipTracking() override {
    const WithoutGil release(WithoutGil::AtExit::allowed); // the threads finish their frames
    video_.reset();
  }

  TrackedFrame next() override {
    process_.expect_same();
    std::optional<DoneFrame> done = wait();
    if (!done) throw nb::stop_iteration();
    TrackedFrame frame{std::move(done->result), nullptr};
    if (done->image.h > 0) frame.image = std::make_shared<BgrImage>(std::move(done->image));
    return frame;
  }

  void close() override {
    process_.expect_same();
    closing_ = true;
    const WithoutGil release;
    const OneCaller::Lock lock(caller_);
    video_.reset();
  }

private:
  std::optional<DoneFrame> wait() {
    const WithoutGil release;
    const OneCaller::Lock lock(caller_);
    while (!closing_ && !video_->wait(kPoll)) {
      if (interpreter_exits()) return std::nullopt;
      const WithGil acquire;
      if (PyErr_CheckSignals() != 0) throw nb::python_error();
    }
    if (closing_) return std::nullopt;
    return video_->next();
  }

  std::shared_ptr<SharedPose> pose_;
  OwnedVideo video_; // after the pose that it uses
  OneProcess process_;
  OneCaller caller_;
  std::atomic<bool> closing_{false};
};

class ImageTracking : public Tracking {
public:
  ImageTracking(std::shared_ptr<SharedPose> pose, const nb::object& images, const TrackSettings& settings)
      : pose_(std::move(pose)), stream_(pose_->engine(), settings.stream), settings_(settings), images_(nb::iter(images)) {}

  TrackedFrame next() override {
    process_.expect_same();
    const WithoutGil release;
    const OneCaller::Lock lock(caller_); // also while an image is taken: frames have the order of the images
    Frame frame;
    {
      const WithGil acquire;
      frame.image = image_of(next_array());
    }
    const double seconds = double(frames_) / settings_.stream.rate;
    stream_.prepare(frame);
    FrameResult result = stream_.process(frame, seconds);
    if (!result.error.empty()) throw InputError(result.error);
    result.frame = frames_++;
    result.time = seconds;
    return {std::move(result), settings_.images ? std::make_shared<BgrImage>(std::move(frame.image)) : nullptr};
  }

  void close() override {
    process_.expect_same();
    const WithoutGil release;
    const OneCaller::Lock lock(caller_);
    const WithGil acquire;
    images_.reset();
  }

private:
  AnyArray next_array() {
    if (!images_.is_valid()) throw nb::stop_iteration();
    const nb::object item = nb::steal(or_sleep([this] { return PyIter_Next(images_.ptr()); }));
    if (!item.is_valid()) {
      if (PyErr_Occurred() != nullptr) throw nb::python_error();
      throw nb::stop_iteration();
    }
    return array_of(item, "source", "arrays of uint8 [height, width, 3]");
  }

  std::shared_ptr<SharedPose> pose_;
  PeopleStream stream_;
  TrackSettings settings_;
  nb::object images_;
  std::int64_t frames_ = 0;
  OneProcess process_;
  OneCaller caller_;
};

} // namespace

std::unique_ptr<Tracking> track_clip(std::shared_ptr<SharedPose> pose, const std::string& source, VideoOptions reading,
                                     const TrackSettings& settings) {
  return std::make_unique<ClipTracking>(std::move(pose), source, std::move(reading), settings);
}

std::unique_ptr<Tracking> track_images(std::shared_ptr<SharedPose> pose, const nb::object& images, const TrackSettings& settings) {
  return std::make_unique<ImageTracking>(std::move(pose), images, settings);
}

} // namespace pose::python
