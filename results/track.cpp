// Implements track.h.
// SPDX-License-Identifier: MIT
#include "results/track.h"

#include "results/frame_reader.h"
#include "results/jsonl.h"
#include "results/key.h"
#include "tensor/error.h"

#include <sys/stat.h>

#include <algorithm>

namespace pose {

namespace {

// Throws where both are one file: writing would change what is still to be read.
void check_different(const std::string& in, const std::string& out) {
  struct stat a {
  }, b{};
  if (in == "-" || out == "-" || ::stat(in.c_str(), &a) != 0 || ::stat(out.c_str(), &b) != 0) return;
  if (a.st_dev == b.st_dev && a.st_ino == b.st_ino) fail<InputError>("{}: expected another file than the input", out);
}

// The tracker of the source whose lines are read now.
class Sources {
public:
  explicit Sources(const TrackResultsOptions& options) : options_(options) {}

  // Tracks the people of a line.  Returns the number of ids that are new in its source.
  int update(FrameResult& frame, const std::string& place) {
    if (!frame.time && !options_.fps)
      fail<DataError>("{}: expected the frame of a clip, or a frame rate for images, found an image without a time", place);
    const std::string source = frame.time ? frame.source : ""; // all images are one source
    if (!tracker_ || source != source_) {
      tracker_.emplace(options_.smooth);
      source_ = source;
      images_ = 0;
    }
    tracker_->update(frame, frame.time ? *frame.time : double(images_++) / *options_.fps);
    return tracker_->tracker().changes().born;
  }

private:
  const TrackResultsOptions& options_;
  std::optional<ResultTracker> tracker_;
  std::string source_;
  std::int64_t images_ = 0;
};

} // namespace

ResultTracker::ResultTracker(bool smooth, const TrackerOptions& tracker, const SmoothOptions& smoother) : tracker_(tracker) {
  if (smooth) smoother_.emplace(smoother);
}

void ResultTracker::update(FrameResult& frame, double seconds) {
  std::vector<Person> people;
  for (const ResultPerson& p : frame.people) people.push_back(p.person);
  const std::vector<int> ids = tracker_.update(people, seconds);
  for (std::size_t i = 0; i < people.size(); ++i) {
    frame.people[i].id = ids[i];
    frame.people[i].smooth.reset();
    if (smoother_ && ids[i] > 0) frame.people[i].smooth = smoother_->update(ids[i], people[i], seconds);
  }
  if (!smoother_) return;
  std::vector<int> living;
  for (const Tracker::Track& track : tracker_.predict(seconds)) living.push_back(track.id);
  smoother_->keep_only(living);
}

TrackedResults track_results(const std::string& in, const std::string& out, const TrackResultsOptions& options) {
  if (options.fps && !(*options.fps > 0 && *options.fps <= 1e6)) fail<InputError>("fps: expected a rate above 0, up to 1e6, found {}", *options.fps);
  check_different(in, out);
  FrameReader reader(in, options.stop);
  LineWriter writer(out, options.existing, options.stop);
  const KeyMaker keys({{"track", "1"}, {"smooth", options.smooth ? "1" : "0"}, {"fps", options.fps ? fmt::format("{}", *options.fps) : ""}});
  Sources sources(options);
  TrackedResults done;
  while (std::optional<FrameResult> frame = reader.read()) {
    if (options.stop && options.stop()) fail<Interrupted>("{}: interrupted", in);
    done.ids += sources.update(*frame, reader.place());
    frame->key = keys.of_text(frame->key);
    done.reader_left = !writer.write(format_line(*frame));
    if (done.reader_left) break;
    ++done.lines;
  }
  writer.sync();
  done.torn = reader.torn();
  return done;
}

} // namespace pose
