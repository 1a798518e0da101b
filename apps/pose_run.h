// The two kinds of runs of `pose`: over images, and over clips and cameras.
// SPDX-License-Identifier: MIT
#pragma once

#include "apps/pose_options.h"
#include "cli/run_files.h"
#include "pose/pipeline.h"
#include "serve/server.h"
#include "stream/recorder.h"
#include "stream/video_run.h"

namespace pose::apps {

// What a run counts.
struct Outcome {
  std::size_t people = 0, images = 0, frames = 0;
  bool failed = false;      // an input, or an output of one
  bool reader_gone = false; // of the lines on standard output
  std::string last_error;

  // Counts a result, and prints its error.
  void add(const FrameResult& result);
  // Prints the error as a line, unless it is the last one again: all frames of a clip may have the same.
  void fail(const std::string& error);
  // Returns what was done: "14 people in 5 images".
  std::string counted() const;
};

// Returns the boxes of --boxes.  Prints and counts those that cannot be used.
BoxesByPath boxes_of(const PoseOptions& options, const std::vector<std::string>& paths, Outcome& outcome);

// Finds people in images.  boxes: of --boxes.
void run_images(const PoseOptions& options, const RunOptions& run, const std::vector<std::string>& paths, const BoxesByPath& boxes, Engine& engine,
                Recorder& recorder, Outcome& outcome);

// A clip or camera, and the folder of its files.
struct Clip {
  std::string source; // as in FrameResult
  std::string folder = {};
  bool camera = false;
  FrameSet done = {}; // by an earlier run
};

// Returns the clips.  The files of the only input are in OUTDIR, those of one of several in OUTDIR/NAME.  Throws InputError for options that do not
// fit clips.
std::vector<Clip> clips_of(const PoseOptions& options, const Inputs& inputs);

// Returns the files of the run.  Throws InputError where they conflict or cannot be written.
RunFiles check_files(const PoseOptions& options, const Inputs& inputs, const std::vector<Clip>& clips);

// Starts the page of --serve.  Returns nothing without that option.  Throws InputError for an address that cannot be used.
std::unique_ptr<serve::Server> open_page(const PoseOptions& options);

class ClipRunner {
public:
  // page: of --serve; null: none.  All arguments must outlive the runner.
  ClipRunner(const PoseOptions& options, const RunOptions& run, Engine& engine, Recorder& recorder, Outcome& outcome, serve::Server* page)
      : options_(options), run_(run), engine_(engine), recorder_(recorder), outcome_(outcome), page_(page) {}

  // Takes over the results of an earlier run, and moves the clip that it ended in to the front.
  void resume(std::vector<Clip>& clips);
  // Finds people in the frames of a clip.  An error of the clip is printed and counted.
  void run(const Clip& clip);

private:
  PeopleStream& new_stream();
  void replay(const FrameResult& result);
  bool stopped() const { return wants_stop(run_.stop) || outcome_.reader_gone; }
  void read_frames(const Clip& clip);

  const PoseOptions& options_;
  const RunOptions& run_;
  Engine& engine_;
  Recorder& recorder_;
  Outcome& outcome_;
  serve::Server* page_;
  std::optional<PeopleStream> stream_;
  std::string replayed_key_; // of the last result that was replayed, and its frame
  std::int64_t replayed_frame_ = -1;
};

} // namespace pose::apps
