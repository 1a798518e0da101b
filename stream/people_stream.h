// PeopleStream: people in consecutive frames, with ids and smoothed keypoints.
// SPDX-License-Identifier: MIT
#pragma once

#include "pose/engine.h"
#include "results/track.h"
#include "stream/detection_schedule.h"
#include "stream/follower.h"
#include "stream/scene_cut.h"

namespace pose {

struct StreamOptions {
  int detect_every = 1; // the detector runs in every N-th frame, and where boxes are stale; DetectionSchedule::kAuto: as seldom as `rate` needs
  double rate = 25;     // frame rate that kAuto keeps, 1/s
  bool track = false;   // sets ids
  bool smooth = false;  // sets smoothed keypoints; implies track
};

// Returns the result of an image that the networks refuse.
FrameResult refused(const Frame& frame, const std::string& error);

// Not thread-safe, except for prepare().
class PeopleStream {
public:
  // engine: with a detector.  It must outlive the stream.
  PeopleStream(Engine& engine, const StreamOptions& options);

  // Sets StreamOptions::rate, for a stream whose source is opened after a replay().
  void set_rate(double rate) { schedule_.set_rate(rate); }

  // Prepares a frame of a later process().  Thread-safe.
  void prepare(Frame& frame) const;

  // Computes the people of the next frame, at `seconds`.  Sets all of the result but source, frame and key.  An image that a network refuses gives a
  // result with an error.  Throws DeviceError.
  FrameResult process(Frame& frame, double seconds);
  // Returns how many frames may be given to process_all() at once: the engine's batch if the detector runs in every frame, else 1.
  int batch() const { return schedule_.always() ? engine_.batch() : 1; }
  // Computes several consecutive frames, at most batch().
  std::vector<FrameResult> process_all(std::span<Frame* const> frames, std::span<const double> seconds);

  // Continues as if process() had returned this result of an earlier run.
  void replay(const FrameResult& result);
  // Notes the image of a frame that was replayed, to find a scene cut after it.
  void see(const BgrImage& image) { cut_.update(image); }

private:
  std::vector<FrameResult> detect_in(std::span<Frame* const> frames);
  FrameResult people_in(Frame& frame);
  FrameResult result_of(const Frame& frame) const;
  FrameResult find_people(Frame& frame, double seconds);
  void remember(FrameResult& result, double seconds);

  Engine& engine_;
  StreamOptions options_;
  DetectionSchedule schedule_;
  SceneCut cut_;
  BoxFollower follower_;
  ResultTracker tracker_;
};

} // namespace pose
