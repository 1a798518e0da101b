// Implements video.h of the public headers.
// SPDX-License-Identifier: MIT
#include <alphapose/video.h>

#include "api/convert.h"
#include "api/pose_engine.h"
#include "stream/background_video.h"
#include "tensor/one_process.h"

#include <cmath>
#include <limits>
#include <mutex>

namespace alphapose {
namespace {

pose::StreamOptions to_stream_options(const VideoOptions& o) {
  constexpr int kMostEvery = 10000;
  constexpr double kLeastRate = 0.01, kMostRate = 10000;
  expect_in("detect_every", o.detect_every, 0, kMostEvery);
  expect_in("frame_rate", o.frame_rate, kLeastRate, kMostRate);
  pose::StreamOptions stream;
  stream.detect_every = o.detect_every == 0 ? pose::DetectionSchedule::kAuto : o.detect_every;
  stream.track = true;
  stream.smooth = o.smooth;
  stream.rate = o.frame_rate;
  return stream;
}

TrackedPerson to_tracked(const pose::ResultPerson& p) {
  TrackedPerson person;
  static_cast<Person&>(person) = to_person(p.person);
  person.id = p.id;
  pose::Person smooth = p.person;
  if (p.smooth) smooth.joints = *p.smooth;
  Person of_smooth = to_person(smooth);
  person.smooth = of_smooth.keypoints;
  person.smooth_all = std::move(of_smooth.all_keypoints);
  return person;
}

VideoFrame to_frame(const pose::FrameResult& result) {
  VideoFrame frame;
  frame.index = result.frame;
  frame.seconds = result.time.value_or(0);
  frame.detected = result.detected;
  frame.error = result.error;
  for (const pose::ResultPerson& p : result.people) frame.people.push_back(to_tracked(p));
  return frame;
}

pose::VideoOptions to_reading(const VideoOptions& o) {
  pose::VideoOptions reading;
  reading.start = o.start;
  reading.end = o.end;
  reading.step = o.step;
  return reading;
}

} // namespace

bool video_supported() {
  return pose::video_supported();
}

struct Video::State {
  State(const std::string& source, const VideoOptions& o) {
    const pose::StreamOptions stream = to_stream_options(o);
    const bool camera = source.rfind("webcam:", 0) == 0;
    frames.reset(new pose::BackgroundVideo(source, to_reading(o))); // before the networks, which take longer to load
    networks = make_pose_engine(o.pose, camera ? pose::CropRule::webcam : pose::CropRule::demo);
    pose::VideoRunOptions run;
    run.keep_images = o.images;
    frames->start(*networks.engine, stream, run);
  }

  PoseEngine networks;
  pose::OwnedVideo frames; // after the engine that it uses
  pose::OneProcess process;
  std::mutex mutex;
};

Video::Video(const std::string& source, const VideoOptions& options) : state_(guarded([&] { return std::make_unique<State>(source, options); })) {}
Video::~Video() = default;
Video::Video(Video&&) noexcept = default;
Video& Video::operator=(Video&&) noexcept = default;

std::optional<VideoFrame> Video::next() {
  return guarded([&]() -> std::optional<VideoFrame> {
    state_->process.expect_same();
    const std::lock_guard lock(state_->mutex);
    std::optional<pose::DoneFrame> done = state_->frames->next();
    if (!done) return std::nullopt;
    VideoFrame frame = to_frame(done->result);
    if (done->image.h > 0) frame.image = to_image(std::move(done->image));
    return frame;
  });
}

double Video::frame_rate() const {
  return state_->frames->info().fps;
}

struct PoseTracker::State {
  explicit State(const VideoOptions& o) : networks(make_pose_engine(o.pose, pose::CropRule::demo)), stream(*networks.engine, to_stream_options(o)) {}

  PoseEngine networks;
  pose::PeopleStream stream;
  std::int64_t frames = 0;
  double last = -std::numeric_limits<double>::infinity(); // seconds
  pose::OneProcess process;
  std::mutex mutex;
};

PoseTracker::PoseTracker(const VideoOptions& options) : state_(guarded([&] { return std::make_unique<State>(options); })) {}
PoseTracker::~PoseTracker() = default;
PoseTracker::PoseTracker(PoseTracker&&) noexcept = default;
PoseTracker& PoseTracker::operator=(PoseTracker&&) noexcept = default;

VideoFrame PoseTracker::operator()(const ImageView& image, double seconds) {
  return guarded([&] {
    state_->process.expect_same();
    pose::Frame frame;
    frame.image = to_bgr(image);
    const std::lock_guard lock(state_->mutex);
    if (!(seconds > state_->last) || !std::isfinite(seconds))
      pose::fail<InputError>("seconds: expected more than {}, found {}", state_->last, seconds);
    state_->stream.prepare(frame);
    pose::FrameResult result = state_->stream.process(frame, seconds);
    if (!result.error.empty()) throw InputError(result.error);
    state_->last = seconds;
    result.frame = state_->frames++;
    result.time = seconds;
    return to_frame(result);
  });
}

} // namespace alphapose
