// Implements tracking.h over BackgroundVideo and PeopleStream.
// SPDX-License-Identifier: MIT
#include "python/tracking.h"

#include "python/arrays.h"
#include "stream/background_video.h"

#include <thread>

namespace nb = nanobind;

namespace pose::python {
namespace {

constexpr std::chrono::milliseconds kPoll{50}; // from one check for signals to the next

// The stop callback while a source is opened: asks Python whether a signal came.  Other threads and later calls get no answer from Python.
class OpeningSignals {
public:
  bool interrupted() {
    if (!opening_ || std::this_thread::get_id() != thread_) return false;
    const nb::gil_scoped_acquire acquire;
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
      const nb::gil_scoped_release release;
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
    const nb::gil_scoped_release release; // the threads finish their frames
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

private:
  std::optional<DoneFrame> wait() {
    const nb::gil_scoped_release release;
    const std::lock_guard lock(mutex_);
    while (!video_->wait(kPoll)) {
      const nb::gil_scoped_acquire acquire;
      if (PyErr_CheckSignals() != 0) throw nb::python_error();
    }
    return video_->next();
  }

  std::shared_ptr<SharedPose> pose_;
  OwnedVideo video_; // after the pose that it uses
  OneProcess process_;
  std::mutex mutex_;
};

class ImageTracking : public Tracking {
public:
  ImageTracking(std::shared_ptr<SharedPose> pose, const nb::object& images, const TrackSettings& settings)
      : pose_(std::move(pose)), stream_(pose_->engine(), settings.stream), settings_(settings), images_(nb::iter(images)) {}

  TrackedFrame next() override {
    process_.expect_same();
    Frame frame;
    frame.image = image_of(next_array());
    const nb::gil_scoped_release release;
    const std::lock_guard lock(mutex_);
    const double seconds = double(frames_) / settings_.stream.rate;
    stream_.prepare(frame);
    FrameResult result = stream_.process(frame, seconds);
    if (!result.error.empty()) throw InputError(result.error);
    result.frame = frames_++;
    result.time = seconds;
    return {std::move(result), settings_.images ? std::make_shared<BgrImage>(std::move(frame.image)) : nullptr};
  }

private:
  AnyArray next_array() {
    const nb::object item = nb::steal(PyIter_Next(images_.ptr()));
    if (!item.is_valid()) {
      if (PyErr_Occurred() != nullptr) throw nb::python_error();
      throw nb::stop_iteration();
    }
    AnyArray array;
    if (!nb::try_cast(item, array))
      fail<InputError>("source: expected arrays of uint8 [height, width, 3], found {}", nb::type_name(item.type()).c_str());
    return array;
  }

  std::shared_ptr<SharedPose> pose_;
  PeopleStream stream_;
  TrackSettings settings_;
  nb::object images_;
  std::int64_t frames_ = 0;
  OneProcess process_;
  std::mutex mutex_;
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
