// Implements video_run.h with the stages of pose/pipeline_stages.h.
// SPDX-License-Identifier: MIT
#include "stream/video_run.h"

#include "pose/pipeline_stages.h"
#include "stream/byte_budget.h"
#include "stream/draw_people.h"
#include "stream/latest_frame.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>

namespace pose {
namespace {

struct Job {
  Frame frame;
  std::int64_t index = 0;
  double time = 0;
  std::string error;
  DoneFrame done;
  ByteBudget::Share bytes;
};

// Adds the seconds that a stage worked.  One thread per stage writes, others read.
class Stopwatch {
public:
  template <class F> auto measure(F&& f) {
    struct Stop { // also where f throws
      Stopwatch* watch;
      Clock::time_point begin = Clock::now();
      ~Stop() { watch->nanoseconds_ += std::chrono::nanoseconds(Clock::now() - begin).count(); }
    } stop{this};
    return f();
  }
  double seconds() const { return double(nanoseconds_) * 1e-9; }

private:
  using Clock = std::chrono::steady_clock;
  std::atomic<std::int64_t> nanoseconds_{0};
};

class VideoRun {
public:
  VideoRun(VideoReader& reader, PeopleStream& stream, const VideoRunOptions& options) : reader_(reader), stream_(stream), options_(options) {
    if (reader.info().live) latest_.emplace(reader);
  }

  VideoProgress run(const std::function<void(DoneFrame&, const VideoProgress&)>& done) {
    Work<Job> work;
    work.read = [&](std::size_t) { return read(); };
    work.compute = [&](std::vector<Job>& batch) { guarded([&] { compute(batch); }); };
    work.write = [&](Job& job) { guarded([&] { draw(job); }); };
    work.report = [&](Job& job) {
      frames_++;
      guarded([&] { write_.measure([&] { done(job.done, progress()); }); });
      job.bytes.reset();
    };
    work.stop = [&] { return wants_stop(options_.stop); };
    work.batch = latest_ ? 1 : stream_.batch();
    if (latest_) work.waiting = 1; // a frame that waits is old
    Pipeline<Job>::run(work);
    if (broken_source_) std::rethrow_exception(broken_source_);
    return progress();
  }

private:
  // After an error no stage gives bytes back: ends the wait for them.
  template <class F> void guarded(F&& f) {
    try {
      f();
    } catch (...) {
      budget_.end();
      throw;
    }
  }

  // Returns nothing at the end and where the source breaks: frames that were read before still pass.
  std::optional<Job> read() {
    try {
      std::optional<VideoFrame> frame = next();
      if (!frame) return std::nullopt;
      Job job;
      job.bytes = budget_.take(3 * frame->image.bytes.size()); // the image, what is letterboxed and what is drawn from it
      job.index = frame->index;
      job.time = frame->time;
      job.frame.image = std::move(frame->image);
      prepare(job);
      return job;
    } catch (const DataError&) {
      broken_source_ = std::current_exception();
      return std::nullopt;
    }
  }

  std::optional<VideoFrame> next() {
    for (;;) {
      std::optional<VideoFrame> frame = decode_.measure([&] { return latest_ ? latest_->next() : read_one(); });
      if (!frame || options_.done == nullptr || !options_.done->contains(frame->index)) return frame;
      stream_.see(frame->image); // no frame is computed before this: those done come first
    }
  }

  std::optional<VideoFrame> read_one() {
    VideoFrame frame;
    return reader_.read(frame) ? std::optional(std::move(frame)) : std::nullopt;
  }

  void prepare(Job& job) const {
    try {
      stream_.prepare(job.frame);
    } catch (const DeviceError&) {
      throw;
    } catch (const Error& e) { // an image that a network refuses
      job.error = e.what();
    }
  }

  void compute(std::vector<Job>& batch) {
    std::vector<Frame*> frames;
    std::vector<double> seconds;
    for (Job& job : batch) {
      if (!job.error.empty()) continue;
      frames.push_back(&job.frame);
      seconds.push_back(job.time);
    }
    std::vector<FrameResult> results;
    if (!frames.empty()) results = compute_.measure([&] { return stream_.process_all(frames, seconds); });
    auto next = results.begin();
    for (Job& job : batch) {
      FrameResult& result = job.done.result;
      result = job.error.empty() ? std::move(*next++) : refused(job.frame, job.error);
      result.frame = job.index;
      result.time = job.time;
    }
  }

  void draw(Job& job) {
    DoneFrame& done = job.done;
    if (options_.draw) done.drawn = draw_.measure([&] { return draw_people(job.frame.image, done.result.people, *options_.draw, options_.ids); });
    if (options_.keep_images) done.image = std::move(job.frame.image);
    job.frame = {};
  }

  VideoProgress progress() const {
    return {frames_, latest_ ? latest_->dropped() : 0, reader_.broken(), {decode_.seconds(), compute_.seconds(), draw_.seconds(), write_.seconds()}};
  }

  VideoReader& reader_;
  PeopleStream& stream_;
  const VideoRunOptions& options_;
  ByteBudget budget_{kWaitingBytes};
  Stopwatch decode_, compute_, draw_, write_;
  std::int64_t frames_ = 0;
  std::exception_ptr broken_source_;
  std::optional<LatestFrame> latest_;
};

} // namespace

std::vector<std::pair<std::string, double>> stage_rates(const VideoProgress& progress) {
  std::vector<std::pair<std::string, double>> rates;
  const StageSeconds& s = progress.seconds;
  for (const auto& [stage, seconds] : {std::pair("decode", s.decode), {"networks", s.compute}, {"draw", s.draw}, {"write", s.write}}) {
    if (seconds > 0) rates.emplace_back(stage, double(progress.frames) / seconds);
  }
  return rates;
}

std::int64_t frames_to_do(const VideoInfo& info, const VideoOptions& options) {
  double frames = double(info.frames);
  if (info.fps > 0) {
    if (std::isfinite(options.end)) frames = std::min(frames, options.end * info.fps);
    frames -= options.start * info.fps;
  }
  return info.live || frames <= 0 ? 0 : std::int64_t(std::ceil(frames / options.step));
}

VideoProgress run_video(VideoReader& reader, PeopleStream& stream, const VideoRunOptions& options,
                        const std::function<void(DoneFrame&, const VideoProgress&)>& done) {
  return VideoRun(reader, stream, options).run(done);
}

} // namespace pose
