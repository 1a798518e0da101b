// ResultTracker: gives the people of one source ids and steady keypoints, frame by frame; track_results: does so for a file.
// SPDX-License-Identifier: MIT
#pragma once

#include "postprocess/smooth.h"
#include "postprocess/tracker.h"
#include "results/frame_result.h"
#include "results/line_writer.h"

#include <functional>
#include <optional>
#include <string>

namespace pose {

// The tracker and the smoother of one source.  They depend on nothing but the results, so a run that is resumed passes them the results that it has
// and goes on as an uninterrupted one.
class ResultTracker {
public:
  explicit ResultTracker(bool smooth, const TrackerOptions& tracker = {}, const SmoothOptions& smoother = {});

  // Sets the ids of the next frame and, with `smooth`, the smoothed keypoints of those who have an id.
  void update(FrameResult& frame, double seconds);
  const Tracker& tracker() const { return tracker_; }

private:
  Tracker tracker_;
  std::optional<Smoother> smoother_;
};

struct TrackResultsOptions {
  bool smooth = false;
  std::optional<double> fps = {}; // images are frames of one clip at this rate; none: images are refused
  Existing existing = Existing::refuse;
  std::function<bool()> stop = {}; // checked at every line
};

struct TrackedResults {
  std::int64_t lines = 0, ids = 0;
  bool torn = false;        // the input ends with a torn line, which was left out
  bool reader_left = false; // of the pipe to which the lines go
};

// Tracks the people of the lines of `in` ("-": standard input), and writes the lines with ids to `out` ("-": standard output).  Each source is
// tracked alone, in the order of its lines.  Keys change, since the results do.  Throws InputError for an `out` that exists, DataError for a line
// that is not a result, Error where `out` cannot be written, Interrupted; lines before that are written.
TrackedResults track_results(const std::string& in, const std::string& out, const TrackResultsOptions& options);

} // namespace pose
